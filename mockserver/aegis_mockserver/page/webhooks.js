// Webhooks: sent when asked for, to this machine or to hosts that were allowed.

import { attempt, call } from "./api.js";
import { field, fill, h, reveal } from "./dom.js";
import { path, verb } from "./format.js";

export function line(hook) {
  return h(
    "li",
    {},
    h(
      "a",
      { class: "row-link", href: path("operations", hook.contract, `webhook ${hook.name}`) },
      verb(hook.method),
      h("span", { class: "where" }, hook.name),
      h("span", { class: "what" }, hook.summary),
    ),
  );
}

export function show(place, hook, focus) {
  const heading = h("h2", { tabindex: -1 }, hook.name);
  const url = h("input", { type: "url", required: true, placeholder: "http://127.0.0.1:8000/hooks", class: "mono" });
  const body = h("textarea", { class: "mono", rows: 8, spellcheck: "false", value: hook.body });
  const send = (event) => {
    event.preventDefault();
    const given = { name: hook.name, contract: hook.contract, url: url.value, body: body.value };
    attempt(() => call("POST", "webhooks", { body: given }), "It is on its way; the journal tells what was answered.");
  };
  fill(
    place,
    h("header", {}, heading, h("a", { class: "button", href: "#/operations" }, "Close")),
    h(
      "form",
      { on: { submit: send } },
      h("p", { class: "line" }, verb(hook.method), " ", hook.summary),
      field("Send it to", url, "This machine, or a host that the mock was started with --allow-callbacks for."),
      field(`Body (${hook.media_type || "none"})`, body),
      h("div", { class: "tools" }, h("button", { class: "main" }, "Send the webhook")),
    ),
  );
  if (focus) reveal(place, heading);
}
