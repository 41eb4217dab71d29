// Values as people read them.

import { h, say } from "./dom.js";

const LONGEST = 200_000;

export const path = (...parts) => `#/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
export const clock = (text) => new Date(text).toISOString().slice(11, 23);
export const moment = (text) =>
  new Date(text)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
export const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

export function size(bytes) {
  return bytes < 1024
    ? `${bytes} B`
    : bytes < 1048576
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / 1048576).toFixed(1)} MB`;
}

export function verb(method) {
  return h("span", { class: "verb", "data-verb": method || "?" }, method || "?");
}

export function status(code) {
  const kind = code ? `${String(code)[0]}xx` : "none";
  return h("span", { class: "status", "data-kind": kind }, code ? String(code) : "—");
}

/** JSON with its parts in colours; text as it is. */
export function code(value, label) {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  const box = h("pre", { class: "code", tabindex: 0, role: "region", "aria-label": label || "Content" });
  if (text.length > LONGEST) box.append(text.slice(0, LONGEST), `\n… ${many(text.length - LONGEST, "more character")}`);
  else if (typeof value === "string") box.append(text);
  else box.append(...coloured(text));
  return box;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function* coloured(text) {
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) yield text.slice(end, match.index);
    const kind = match[1] ? (match[2] ? "key" : "text") : match[3] ? "word" : "number";
    yield h("span", { class: kind }, match[1] ?? match[0]);
    if (match[2]) yield match[2];
    end = match.index + match[0].length;
  }
  yield text.slice(end);
}

/** A button that copies text, where the browser lets us. */
export function copy(text, name = "Copy") {
  return h(
    "button",
    { type: "button", class: "quiet", on: { click: () => put(typeof text === "function" ? text() : text) } },
    name,
  );
}

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("This browser does not let the page copy; select the text instead.", "failed");
  }
}

/** The facts about something, as a list of terms. */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== "" && value !== null && value !== undefined)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A request as a line for a shell. */
export function curl(method, url, headers, body) {
  const parts = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`];
  for (const { name, value } of headers) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== null && body !== undefined && body !== "") parts.push(`--data-binary ${quoted(body)}`);
  return parts.join(" \\\n  ");
}

/** What an exchange or event broke. */
export function violations(list, title, kind) {
  if (!list.length) return null;
  return h(
    "section",
    { class: `broken ${kind || ""}` },
    h("h3", {}, title),
    h(
      "ul",
      {},
      list.map((one) =>
        h(
          "li",
          {},
          h("code", {}, one.pointer || "/"),
          " ",
          one.message,
          one.mend ? h("small", {}, one.mend) : null,
          one.schema ? h("small", { class: "source" }, one.schema) : null,
        ),
      ),
    ),
  );
}
