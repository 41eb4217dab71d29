// The contracts and their operations; one of them can be tried.

import { attempt, call, get } from "./api.js";
import { arrows, current, empty, fill, h, select } from "./dom.js";
import { many, path, verb } from "./format.js";
import * as trial from "./trial.js";
import * as webhooks from "./webhooks.js";

export const id = "operations";
export const title = "Operations";
export const told = "What the contracts offer. Choose an operation to try it.";

const SHOWN = 400;

export function open(root, parts) {
  const search = h("input", {
    type: "search",
    placeholder: "Filter operations  ( / )",
    "aria-label": "Filter operations",
  });
  const strict = select(
    [
      ["strict", "Refuse requests that break the contract"],
      ["report", "Answer them, and say so"],
      ["off", "Do not look"],
    ],
    "strict",
    { "aria-label": "Validation" },
  );
  const list = arrows(h("div", { class: "groups" }));
  const detail = h("aside", { class: "detail", "aria-label": "Operation", hidden: true });
  let all = [];
  let contracts = [];
  let hooks = [];
  let edition = null;

  search.addEventListener("input", show);
  strict.addEventListener("change", () =>
    attempt(() => call("PATCH", "settings", { body: { validate: strict.value } }), "Changed, in all worlds."),
  );
  fill(
    root,
    h(
      "form",
      { class: "tools", role: "search", on: { submit: (event) => event.preventDefault() } },
      search,
      h("span", { class: "grow" }),
      strict,
    ),
    h("div", { class: "split" }, h("div", { class: "list" }, list), detail),
  );

  async function load() {
    const found = await attempt(() =>
      Promise.all([get("contracts"), get("operations"), get("settings"), get("webhooks")]),
    );
    if (!found) return;
    contracts = found[0].contracts;
    all = found[1].operations;
    strict.value = found[2].validate;
    hooks = found[3].webhooks;
    show();
    choose(parts, false);
  }

  function show() {
    const sought = search.value.trim().toLowerCase();
    const fits = (one) =>
      !sought ||
      `${one.method} ${one.path} ${one.operation} ${one.summary} ${one.tags.join(" ")}`.toLowerCase().includes(sought);
    let left = SHOWN;
    const groups = contracts.map((contract) => {
      const found = all.filter((one) => one.contract === contract.title && fits(one));
      const shown = found.slice(0, left);
      left -= shown.length;
      if (!found.length && sought) return null;
      return h(
        "section",
        {},
        h(
          "h2",
          {},
          contract.title,
          h("small", {}, `${contract.version} · OpenAPI ${contract.openapi} · ${many(found.length, "operation")}`),
        ),
        h("p", { class: "source" }, contract.source),
        h("ul", { class: "rows" }, shown.map(line)),
        shown.length < found.length
          ? h("p", { class: "note" }, `${many(found.length - shown.length, "more operation")}; filter to find one.`)
          : null,
      );
    });
    const sent = hooks.filter((hook) => !sought || hook.name.toLowerCase().includes(sought));
    const calls = sent.length
      ? h(
          "section",
          {},
          h("h2", {}, "Webhooks", h("small", {}, "what these providers call")),
          h("ul", { class: "rows" }, sent.map(webhooks.line)),
        )
      : null;
    const found = [...groups, calls].filter(Boolean);
    fill(list, found.length ? found : empty("No operation fits the filter."));
    mark();
  }

  function line(one) {
    return h(
      "li",
      {},
      h(
        "a",
        { class: "row-link", href: path("operations", one.contract, one.operation) },
        verb(one.method),
        h("span", { class: one.deprecated ? "where old" : "where" }, one.path),
        h("span", { class: "what" }, one.summary || one.operation),
      ),
    );
  }

  function mark() {
    const here = path("operations", ...parts);
    for (const link of list.querySelectorAll("a.row-link")) current(link, link.getAttribute("href") === here);
  }

  function choose(next, focus) {
    const before = path("operations", ...parts);
    parts = next;
    mark();
    const [contract, key] = parts;
    detail.hidden = !key;
    root.classList.toggle("open", Boolean(key));
    if (!key) {
      if (focus)
        (
          [...list.querySelectorAll("a.row-link")].find((link) => link.getAttribute("href") === before) ?? search
        ).focus();
      return;
    }
    const hook = hooks.find((one) => one.contract === contract && `webhook ${one.name}` === key);
    if (hook) webhooks.show(detail, hook, focus);
    else trial.show(detail, contract, key, focus);
  }

  load();
  return {
    parts: (next) => choose(next, true),
    pulse(now) {
      if (edition !== null && now.edition !== edition) load();
      edition = now.edition;
    },
  };
}
