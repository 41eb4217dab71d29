// One exchange: what was sent, what came back, what it broke.

import { attempt, get, target, world } from "./api.js";
import { fill, h, reveal } from "./dom.js";
import { code, copy, curl, facts, moment, path, status, verb, violations } from "./format.js";

const HIDDEN = "[hidden]";

export async function show(place, number, focus) {
  const found = await attempt(() => get(`journal/${encodeURIComponent(number)}`));
  const heading = h("h2", { tabindex: -1 }, `Exchange ${number}`);
  const away = h("a", { class: "button", href: "#/journal" }, "Close");
  if (found === null) {
    fill(place, h("header", {}, heading, away), h("p", { class: "note" }, "It is not in the journal any more."));
  } else {
    fill(place, h("header", {}, heading, away), ...told(found));
  }
  if (focus) reveal(place, heading);
}

function told(found) {
  const at = found.path + (found.query ? `?${found.query}` : "");
  return [
    h("p", { class: "line" }, verb(found.method), " ", h("code", {}, at), " ", status(found.status)),
    facts([
      [
        "Operation",
        found.operation
          ? h("a", { href: path("operations", found.contract, found.operation) }, found.operation)
          : "none",
      ],
      ["Contract", found.contract],
      ["Answered by", found.origin],
      ["World’s time", moment(found.at)],
      ["Took", `${found.ms} ms`],
    ]),
    violations(found.reply_violations, "Our answer broke the contract", "ours"),
    violations(found.violations, "The request broke the contract"),
    message(
      "Request",
      found.request,
      copy(() => line(found, at), "Copy as curl"),
    ),
    message("Response", found.response),
  ];
}

function line(found, at) {
  const dull = new Set(["host", "content-length", "connection", "accept-encoding", "user-agent", "x-mock-world"]);
  const headers = found.request.headers.filter(
    ({ name, value }) => !dull.has(name) && !name.startsWith("sec-") && value !== HIDDEN,
  );
  if (world !== "default") headers.push({ name: "X-Mock-World", value: world });
  const body = found.request.body;
  const text = body === null || typeof body === "string" ? body : JSON.stringify(body);
  return curl(found.method, target(at).href, headers, text);
}

function message(title, { headers, body }, ...more) {
  return h(
    "section",
    { class: "message" },
    h("h3", {}, title, ...more),
    h(
      "details",
      { open: headers.length <= 4 },
      h("summary", {}, `${headers.length} headers`),
      h(
        "table",
        { class: "headers" },
        h(
          "tbody",
          {},
          headers.map(({ name, value }) =>
            h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: value === HIDDEN ? "hidden" : "" }, value)),
          ),
        ),
      ),
    ),
    body === null ? h("p", { class: "note" }, "No body.") : code(body, `${title} body`),
  );
}
