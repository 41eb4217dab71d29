// "Try it": a valid request to change and to send, and the line for a shell that does the same.

import { attempt, get, target, world } from "./api.js";
import { button, field, fill, h, reveal, say, select } from "./dom.js";
import { code, copy, curl, many, status, verb } from "./format.js";

let seed = 0;

export async function show(place, contract, operation, focus, chosen = "") {
  const made = await attempt(() => get("operations/request", { contract, operation, seed: chosen }));
  const heading = h("h2", { tabindex: -1 }, operation);
  const away = h("a", { class: "button", href: "#/operations" }, "Close");
  if (made === null) {
    fill(place, h("header", {}, heading, away), h("p", { class: "note" }, "No contract has this operation."));
    return;
  }
  fill(
    place,
    h("header", {}, heading, away),
    form(made, () => show(place, contract, operation, true, String(++seed))),
  );
  if (focus) reveal(place, heading);
}

function form(made, another) {
  const where = h("input", { type: "text", value: made.target, required: true, spellcheck: "false", class: "mono" });
  const heads = h("textarea", {
    rows: Math.max(2, made.headers.length),
    spellcheck: "false",
    class: "mono",
    value: made.headers.map(({ name, value }) => `${name}: ${value}`).join("\n"),
  });
  const body = h("textarea", {
    rows: Math.min(18, (made.body ?? "").split("\n").length + 1),
    spellcheck: "false",
    class: "mono",
    value: made.body ?? "",
  });
  const options = made.responses.flatMap(({ status: code, examples }) => [
    [`code=${code}`, code],
    ...examples.map((name) => [`code=${code}, example=${name}`, `${code} · ${name}`]),
  ]);
  const usable = options.filter(([value]) => /^code=\d{3}/.test(value) && /^[ -~]*$/.test(value));
  const prefer = select([["", "Whatever the mock decides"], ...usable], "");
  const line = h("pre", { class: "code wrap", tabindex: 0, role: "region", "aria-label": "curl command" });
  const result = h("section", { class: "result", "aria-live": "polite" });

  const headers = () => {
    const given = heads.value
      .split("\n")
      .map((text) => text.split(/:(.*)/s))
      .filter(([name]) => name.trim())
      .map(([name, value]) => ({ name: name.trim(), value: (value ?? "").trim() }));
    if (prefer.value) given.push({ name: "Prefer", value: prefer.value });
    if (world !== "default") given.push({ name: "X-Mock-World", value: world });
    return given;
  };
  const command = () => curl(made.method, target(where.value).href, headers(), made.body === null ? null : body.value);
  const write = () => (line.textContent = command());
  const optional = made.optional.map((one) => {
    const change = () => {
      where.value = toggled(where.value, one.query, box.checked);
      write();
    };
    const box = h("input", { type: "checkbox", on: { change } });
    return h("label", { class: "check", title: one.description }, box, h("code", {}, one.query));
  });
  for (const control of [where, heads, body, prefer]) control.addEventListener("input", write);
  write();

  async function send(event) {
    event.preventDefault();
    const started = performance.now();
    try {
      const sent = new Headers();
      for (const { name, value } of headers()) if (!/^cookie$/i.test(name)) sent.append(name, value);
      const bodiless = made.method === "GET" || made.method === "HEAD" || made.body === null;
      const answer = await fetch(target(where.value), {
        method: made.method,
        headers: sent,
        body: bodiless ? undefined : body.value,
        redirect: "manual",
        credentials: "omit",
      });
      fill(result, ...(await told(answer, performance.now() - started)));
    } catch (error) {
      fill(
        result,
        h("p", { class: "note" }, `No answer: ${error.message}. A fault of the mock may have ended the connection.`),
      );
      say("No answer came.", "failed");
    }
  }

  return h(
    "form",
    { class: "trial", on: { submit: send } },
    h("p", { class: "line" }, verb(made.method), " ", h("code", {}, made.path)),
    made.summary ? h("p", {}, made.summary) : null,
    made.description
      ? h("details", {}, h("summary", {}, "Description"), h("p", { class: "prose" }, made.description))
      : null,
    field("Path and query", where),
    optional.length ? h("fieldset", { class: "options" }, h("legend", {}, "Optional parameters"), optional) : null,
    field(
      "Headers",
      heads,
      /^cookie:/im.test(heads.value) ? "A browser sends no Cookie for a page; the curl line does." : "",
    ),
    made.body === null
      ? null
      : field("Body", body, made.readable ? "" : "These bytes are no text; the line below cannot carry them."),
    field("Answer", prefer, "Sent as Prefer."),
    h(
      "div",
      { class: "tools" },
      h("button", { class: "main" }, "Send"),
      button("Another request", another),
      copy(command, "Copy as curl"),
    ),
    result,
    h("details", { open: true }, h("summary", {}, "The same in a shell"), line),
  );
}

function toggled(text, query, there) {
  const [where, ...rest] = text.split("?");
  const parts = rest
    .join("?")
    .split("&")
    .filter((part) => part && !query.split("&").includes(part));
  if (there) parts.push(query);
  return parts.length ? `${where}?${parts.join("&")}` : where;
}

async function told(answer, ms) {
  const text = await answer.text();
  const type = answer.headers.get("content-type") ?? "";
  let shown = text;
  if (/json/.test(type)) {
    try {
      shown = JSON.parse(text);
    } catch {
      // what says that it is JSON and is not is shown as it is
    }
  }
  const broken = answer.headers.get("x-mock-violations");
  return [
    h("h3", {}, "Answer ", status(answer.status), h("small", {}, `${ms.toFixed(0)} ms · ${type || "no content"}`)),
    broken
      ? h(
          "p",
          { class: "note" },
          `The request broke ${many(Number(broken), "rule")} of the contract; the journal tells which.`,
        )
      : null,
    text ? code(shown, "Answer body") : h("p", { class: "note" }, "No body."),
  ];
}
