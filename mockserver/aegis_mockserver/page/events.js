// Events that operations caused: envelope, key, topic, and what they broke.

import { attempt, call, get } from "./api.js";
import { arrows, button, current, empty, fill, h, reveal } from "./dom.js";
import { code, copy, facts, path } from "./format.js";

export const id = "events";
export const title = "Events";
export const told = "What went to Kafka, or would have.";

const SHOWN = 300;

export function open(root, parts) {
  const search = h("input", {
    type: "search",
    placeholder: "Filter events  ( / )",
    "aria-label": "Filter events by type, key or content",
  });
  const list = arrows(h("div", { class: "list" }));
  const detail = h("aside", { class: "detail", "aria-label": "Event", hidden: true });
  let events = [];
  let count = null;

  search.addEventListener("input", show);
  fill(
    root,
    h(
      "div",
      { class: "tools" },
      search,
      h("span", { class: "grow" }),
      button("Forget events", () =>
        attempt(() => call("DELETE", "events"), "The events are forgotten; those on Kafka stay there.").then(load),
      ),
    ),
    h("div", { class: "split" }, list, detail),
  );

  async function load() {
    const found = await attempt(() => get("events", { limit: SHOWN }));
    if (!found) return;
    events = found.events.reverse();
    show();
    choose(parts, false);
  }

  function show() {
    const sought = search.value.trim().toLowerCase();
    const found = events.filter((one) => !sought || JSON.stringify(one).toLowerCase().includes(sought));
    const nothing = events.length
      ? empty("No event fits the filter.")
      : empty(
          "Nothing happened yet.",
          "Operations with x-emits cause events: register a user, and UserRegistered is here.",
          h("p", {}, h("a", { class: "button", href: "#/operations" }, "Choose an operation")),
        );
    fill(list, found.length ? h("ul", { class: "rows" }, found.map(line)) : nothing);
    mark();
  }

  function line(one) {
    const found = one.violations.length;
    return h(
      "li",
      {},
      h(
        "a",
        { class: "row-link", href: path("events", one.envelope.eventId) },
        h("span", { class: "where" }, one.eventType),
        found ? h("span", { class: "flag ours" }, "not published") : null,
        h("span", { class: "what" }, `${one.topic} · key ${one.key}`),
        h("time", {}, one.envelope.occurredAt),
      ),
    );
  }

  function mark() {
    const here = path("events", parts[0] ?? "");
    for (const link of list.querySelectorAll("a.row-link")) current(link, link.getAttribute("href") === here);
  }

  function choose(next, focus) {
    const before = path("events", parts[0] ?? "");
    parts = next;
    mark();
    const one = events.find((event) => event.envelope.eventId === parts[0]);
    detail.hidden = !one;
    root.classList.toggle("open", Boolean(one));
    if (one) {
      fill(detail, ...read(one));
      if (focus) reveal(detail, detail.querySelector("h2"));
    } else if (focus) {
      ([...list.querySelectorAll("a.row-link")].find((link) => link.getAttribute("href") === before) ?? search).focus();
    }
  }

  load();
  return {
    parts: (next) => choose(next, true),
    pulse({ events: now }) {
      if (count !== null && now !== count) load();
      count = now;
    },
    reset: load,
  };
}

function read(one) {
  return [
    h("header", {}, h("h2", { tabindex: -1 }, one.eventType), h("a", { class: "button", href: "#/events" }, "Close")),
    facts([
      ["Topic", h("code", {}, one.topic)],
      ["Record key", h("code", {}, one.key)],
      ["Caused by", one.operation],
    ]),
    one.violations.length
      ? h(
          "section",
          { class: "broken ours" },
          h("h3", {}, "It broke its schema and was not published"),
          h(
            "ul",
            {},
            one.violations.map((text) => h("li", {}, text)),
          ),
        )
      : null,
    h(
      "section",
      { class: "message" },
      h(
        "h3",
        {},
        "Envelope",
        copy(() => JSON.stringify(one.envelope, null, 2)),
      ),
      code(one.envelope, "Envelope"),
    ),
  ];
}
