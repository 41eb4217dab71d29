// The journal: every exchange, the newest first, as they happen.

import { at, attempt, call, get } from "./api.js";
import { arrows, button, current, empty, fill, h, select } from "./dom.js";
import * as exchange from "./exchange.js";
import { clock, path, status, verb } from "./format.js";

export const id = "journal";
export const title = "Journal";
export const told = "Every request and what it was answered, as it happens.";

const SHOWN = 300;

export function open(root, parts) {
  const filter = { contains: "", status: "", violations: "" };
  const search = h("input", {
    type: "search",
    placeholder: "Filter by method or path  ( / )",
    "aria-label": "Filter by method or path",
  });
  const kind = select(
    [
      ["", "Any status"],
      ["2XX", "2XX"],
      ["3XX", "3XX"],
      ["4XX", "4XX"],
      ["5XX", "5XX"],
    ],
    "",
    { "aria-label": "Status" },
  );
  const broken = h("input", { type: "checkbox" });
  const paused = h(
    "button",
    {
      type: "button",
      "aria-pressed": "false",
      on: { click: () => pause(paused.getAttribute("aria-pressed") === "false") },
    },
    "Pause",
  );
  const list = arrows(h("ol", { class: "rows", "aria-label": "Exchanges, newest first" }));
  const note = h("p", { class: "note", role: "status" });
  const detail = h("aside", { class: "detail", "aria-label": "Exchange", hidden: true });
  let rows = [];
  let missed = 0;
  let wanted = 0;
  let typing = 0;

  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(load, 150);
  });
  kind.addEventListener("change", load);
  broken.addEventListener("change", load);

  fill(
    root,
    h(
      "form",
      { class: "tools", role: "search", on: { submit: (event) => event.preventDefault() } },
      search,
      kind,
      h("label", { class: "check" }, broken, "Violations only"),
      h("span", { class: "grow" }),
      paused,
      h("a", { class: "button", href: at("journal/har"), download: "journal.har" }, "HAR"),
      h("a", { class: "button", href: at("journal/examples"), download: "examples.json" }, "Examples"),
      button("Clear", () => attempt(() => call("DELETE", "journal"), "The journal is empty.").then(load)),
    ),
    h("div", { class: "split" }, h("div", { class: "list" }, note, list), detail),
  );

  async function load() {
    const mine = ++wanted;
    Object.assign(filter, {
      contains: search.value.trim(),
      status: kind.value,
      violations: broken.checked ? "true" : "",
    });
    const found = await attempt(() => get("journal", { ...filter, limit: SHOWN }));
    if (found === null || mine !== wanted) return;
    rows = found.exchanges;
    missed = 0;
    show();
  }

  function fits(row) {
    if (filter.contains && !`${row.method} ${row.path}`.includes(filter.contains)) return false;
    if (filter.status && String(row.status)[0] !== filter.status[0]) return false;
    return !filter.violations || row.violations.length + row.reply_violations.length > 0;
  }

  function show() {
    const filtered = Object.values(filter).some(Boolean);
    fill(list, rows.map(line));
    const nothing = filtered
      ? empty("No exchange fits the filter.", "Take something out of the filter to see more.")
      : empty(
          "Nothing was asked yet.",
          "Send a request to the mock, or try an operation from this page.",
          h("p", {}, h("a", { class: "button", href: "#/operations" }, "Choose an operation")),
        );
    fill(note, rows.length ? [] : nothing);
    mark();
  }

  function line(row) {
    const found = row.violations.length + row.reply_violations.length;
    const flag = row.reply_violations.length ? "our answer broke the contract" : `${found} violation${found === 1 ? "" : "s"}`;
    return h(
      "li",
      { "data-number": row.number },
      h(
        "a",
        { class: "row-link", href: path("journal", row.number) },
        verb(row.method),
        h("span", { class: "where" }, row.path, row.query ? h("span", { class: "query" }, `?${row.query}`) : null),
        h(
          "span",
          { class: "what" },
          found ? h("span", { class: `flag ${row.reply_violations.length ? "ours" : ""}` }, flag) : null,
          `${row.operation || "no operation"} · ${row.origin}`,
        ),
        status(row.status),
        h(
          "span",
          { class: "ms" },
          h("time", { datetime: row.at }, clock(row.at)),
          h("span", {}, `${row.ms < 10 ? row.ms.toFixed(1) : Math.round(row.ms)} ms`),
        ),
      ),
    );
  }

  function pause(yes) {
    paused.setAttribute("aria-pressed", String(yes));
    paused.textContent = yes ? "Go on" : "Pause";
    if (!yes) load();
  }

  function mark() {
    const [number] = parts;
    for (const item of list.children) current(item.firstChild, item.dataset.number === number);
  }

  async function choose(next, focus) {
    const before = parts[0];
    parts = next;
    mark();
    detail.hidden = !parts[0];
    root.classList.toggle("open", Boolean(parts[0]));
    if (parts[0]) await exchange.show(detail, parts[0], focus);
    else if (focus) (list.querySelector(`[data-number="${CSS.escape(before ?? "")}"] a`) ?? search).focus();
  }

  load();
  choose(parts, false);
  return {
    parts: (next) => choose(next, true),
    reset: load,
    journal(news) {
      if (paused.getAttribute("aria-pressed") === "true") {
        missed += news.exchanges.length + news.skipped;
        paused.textContent = `Go on (${missed} new)`;
        return;
      }
      if (news.skipped && Object.values(filter).some(Boolean)) {
        load();
        return;
      }
      const known = rows.length ? rows[0].number : 0;
      const fresh = news.exchanges.filter((row) => row.number > known && fits(row)).reverse();
      if (!fresh.length) return;
      const first = rows.length === 0;
      rows = [...fresh, ...rows].slice(0, SHOWN);
      if (first) show();
      else {
        list.prepend(...fresh.map(line));
        while (list.children.length > SHOWN) list.lastChild.remove();
        mark();
      }
    },
    close: () => {
      clearTimeout(typing);
      wanted += 1;
    },
  };
}
