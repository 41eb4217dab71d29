// Mails and SMS that the services would have sent. A mail is shown in a frame that may do nothing.

import { at, attempt, call, get } from "./api.js";
import { arrows, button, current, empty, fill, h, reveal } from "./dom.js";
import { code, copy, facts, moment, path } from "./format.js";

export const id = "inbox";
export const title = "Inbox";
export const told = "Mails and SMS that would have been sent.";

export function open(root, parts) {
  const search = h("input", { type: "search", placeholder: "Filter messages  ( / )", "aria-label": "Filter messages" });
  const list = arrows(h("div", { class: "list" }));
  const detail = h("aside", { class: "detail", "aria-label": "Message", hidden: true });
  let messages = [];
  let count = null;

  search.addEventListener("input", show);
  fill(
    root,
    h(
      "div",
      { class: "tools" },
      search,
      h("span", { class: "grow" }),
      button("Empty the inbox", () => attempt(() => call("DELETE", "inbox"), "The inbox is empty.").then(load)),
    ),
    h("div", { class: "split" }, list, detail),
  );

  async function load() {
    const found = await attempt(() => Promise.all([get("inbox/mails"), get("inbox/sms")]));
    if (!found) return;
    const mails = found[0].mails.map((one) => ({ ...one, kind: "mail" }));
    const sms = found[1].sms.map((one) => ({ ...one, kind: "sms" }));
    messages = [...mails, ...sms].sort((a, b) => b.number - a.number);
    show();
    choose(parts, false);
  }

  function show() {
    const sought = search.value.trim().toLowerCase();
    const found = messages.filter(
      (one) => !sought || `${one.to} ${one.subject ?? ""} ${one.text}`.toLowerCase().includes(sought),
    );
    const nothing = messages.length
      ? empty("No message fits the filter.")
      : empty(
          "Nothing was sent yet.",
          "Register a user, and the verification mail is here.",
          h("p", {}, h("a", { class: "button", href: "#/operations" }, "Choose an operation")),
        );
    fill(list, found.length ? h("ul", { class: "rows" }, found.slice(0, 300).map(line)) : nothing);
    mark();
  }

  function line(one) {
    return h(
      "li",
      {},
      h(
        "a",
        { class: "row-link", href: path("inbox", one.number) },
        h("span", { class: "verb", "data-verb": one.kind }, one.kind === "sms" ? "SMS" : "Mail"),
        h("span", { class: "where" }, one.subject || one.text),
        h("span", { class: "what" }, `to ${one.to}`),
        h("time", { datetime: one.sent_at }, moment(one.sent_at)),
      ),
    );
  }

  function mark() {
    const here = path("inbox", parts[0] ?? "");
    for (const link of list.querySelectorAll("a.row-link")) current(link, link.getAttribute("href") === here);
  }

  function choose(next, focus) {
    const before = path("inbox", parts[0] ?? "");
    parts = next;
    mark();
    const one = messages.find((message) => String(message.number) === parts[0]);
    detail.hidden = !one;
    root.classList.toggle("open", Boolean(one));
    if (one) {
      if (detail.dataset.number !== parts[0]) fill(detail, ...read(one));
      detail.dataset.number = parts[0];
      if (focus) reveal(detail, detail.querySelector("h2"));
    } else {
      delete detail.dataset.number;
      if (focus)
        (
          [...list.querySelectorAll("a.row-link")].find((link) => link.getAttribute("href") === before) ?? search
        ).focus();
    }
  }

  load();
  return {
    parts: (next) => choose(next, true),
    pulse({ messages: now }) {
      if (count !== null && now !== count) load();
      count = now;
    },
    reset: load,
  };
}

function read(one) {
  return [
    h(
      "header",
      {},
      h("h2", { tabindex: -1 }, one.kind === "sms" ? "SMS" : one.subject || "Mail"),
      h("a", { class: "button", href: "#/inbox" }, "Close"),
    ),
    facts([
      ["To", one.to],
      ["From", one.sender],
      ["Sent", moment(one.sent_at)],
      ["Template", one.template],
      ["Token", one.token ? [h("code", {}, one.token), " ", copy(one.token)] : ""],
      ["Link", one.link ? h("code", {}, one.link) : ""],
    ]),
    one.html ? frame(one) : null,
    h("details", { open: !one.html }, h("summary", {}, "Text"), code(one.text, "Text of the message")),
    one.kind === "mail"
      ? h(
          "div",
          { class: "tools" },
          h(
            "a",
            { class: "button", href: at(`inbox/mails/${one.number}/raw`), download: `mail-${one.number}.eml` },
            "As it would be sent",
          ),
        )
      : null,
  ];
}

function frame(one) {
  // No permission at all: no script, no form, no other page; the answer's own policy lets it load nothing either.
  return h("iframe", {
    class: "mail",
    sandbox: "",
    referrerpolicy: "no-referrer",
    title: `Mail to ${one.to}`,
    src: at(`inbox/mails/${one.number}/html`),
  });
}
