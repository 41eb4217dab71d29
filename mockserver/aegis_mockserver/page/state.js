// What the world remembers: stores and their items.

import { at, attempt, call, get } from "./api.js";
import { arrows, button, current, empty, fill, h } from "./dom.js";
import { code, many, path, size } from "./format.js";

export const id = "state";
export const title = "State";
export const told = "What the world remembers, by store.";

const SHOWN = 100;

// What the paths are taken for; read when somebody looks.
function resources() {
  const told = h("div", {});
  const load = async () => {
    const found = await attempt(() => get("resources"));
    if (!found) return;
    fill(
      told,
      found.resources.map((one) => [
        h("h3", {}, one.item),
        h("p", { class: "note" }, one.id.parameter ? `id: ${one.id.member || "nowhere in the item"} (${one.id.type})` : "one item"),
        h("pre", {}, one.operations.map(({ action, operation, ...more }) => `${action}  ${operation}  ${written(more)}`).join("\n")),
      ]),
    );
  };
  return h(
    "details",
    { class: "plain", on: { toggle: (event) => event.target.open && load() } },
    h("summary", {}, "What the paths are taken for"),
    told,
  );
}

function written(more) {
  return Object.keys(more).length ? JSON.stringify(more) : "";
}

export function open(root, parts) {
  const search = h("input", {
    type: "search",
    placeholder: "Filter items  ( / )",
    "aria-label": "Filter items by any text in them",
  });
  const list = arrows(h("nav", { class: "list", "aria-label": "Stores" }));
  const detail = h("div", { class: "detail plain" });
  const figures = h("p", { class: "note grow", role: "status" });
  let stores = {};
  let wanted = 0;
  let typing = 0;

  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(items, 150);
  });
  fill(
    root,
    h(
      "div",
      { class: "tools" },
      search,
      figures,
      h("a", { class: "button", href: at("snapshot"), download: "snapshot.json" }, "Snapshot"),
      restore(),
    ),
    h("div", { class: "split narrow" }, list, detail),
    resources(),
  );

  async function load() {
    const found = await attempt(() => get("state"));
    if (!found) return;
    stores = found.stores;
    const names = Object.keys(stores);
    figures.textContent = names.length
      ? `${many(names.length, "store")}, ${size(found.bytes)}${found.dropped ? `, ${many(found.dropped, "item")} dropped to make room` : ""}`
      : "";
    fill(
      list,
      names.length
        ? h(
            "ul",
            { class: "rows" },
            names.map((name) =>
              h(
                "li",
                {},
                h(
                  "a",
                  { class: "row-link", href: path("state", name) },
                  h("span", { class: "where" }, name),
                  h("span", { class: "ms" }, stores[name].toLocaleString("en")),
                ),
              ),
            ),
          )
        : empty(
            "Nothing is remembered yet.",
            "POST to a collection, and the item is kept here. Seed data comes with --state FILE.",
          ),
    );
    if (!parts[0] && names.length) parts = [names[0]];
    await items();
  }

  async function items() {
    const mine = ++wanted;
    const [name] = parts;
    for (const link of list.querySelectorAll("a.row-link"))
      current(link, link.getAttribute("href") === path("state", name ?? ""));
    if (name === undefined) {
      fill(detail);
      return;
    }
    const found = await attempt(() => get("state", { store: name, contains: search.value, limit: SHOWN }));
    if (!found || mine !== wanted) return;
    const keys = Object.keys(found.items);
    const opened = new Set([...detail.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    fill(
      detail,
      h(
        "header",
        {},
        h("h2", {}, name),
        keys.length
          ? button("Forget the store", () =>
              attempt(() => call("DELETE", "state", { query: { store: name } }), `${name} is empty.`).then(load),
            )
          : null,
      ),
      keys.length
        ? keys.map((key) => item(name, key, found.items[key], opened.has(key) || keys.length === 1))
        : empty(search.value ? "No item fits the filter." : "The store is empty."),
      keys.length < found.total && keys.length === SHOWN
        ? h("p", { class: "note" }, `The first ${SHOWN} of ${many(found.total, "item")}; filter to find one.`)
        : null,
    );
  }

  function item(store, key, value, opened) {
    const edit = h("textarea", {
      class: "mono",
      rows: 10,
      spellcheck: "false",
      "aria-label": `Item ${key} as JSON`,
      value: JSON.stringify(value, null, 2),
    });
    const save = async () => {
      let changed;
      try {
        changed = JSON.parse(edit.value);
      } catch (error) {
        edit.setCustomValidity(`This is not JSON: ${error.message}`);
        edit.reportValidity();
        return;
      }
      edit.setCustomValidity("");
      if (await attempt(() => call("POST", "state", { body: { [store]: { [key]: changed } } }), "Kept.")) load();
    };
    edit.addEventListener("input", () => edit.setCustomValidity(""));
    const shown = code(value, `Item ${key}`);
    const tools = h(
      "div",
      { class: "tools" },
      button("Edit", () =>
        fill(
          box,
          edit,
          h(
            "div",
            { class: "tools" },
            button("Keep", save, { class: "main" }),
            button("Cancel", () => fill(box, shown, tools)),
          ),
        ).firstChild.focus(),
      ),
      button("Forget", () =>
        attempt(() => call("DELETE", "state", { query: { store, item: key } }), "Forgotten.").then(load),
      ),
    );
    const box = h("div", {}, shown, tools);
    return h(
      "details",
      { open: opened, "data-key": key },
      h("summary", {}, h("code", {}, key), h("span", { class: "brief" }, brief(value))),
      box,
    );
  }

  function restore() {
    const file = h("input", {
      type: "file",
      accept: "application/json,.json",
      class: "away",
      "aria-label": "Snapshot to restore",
      tabindex: -1,
    });
    file.addEventListener("change", async () => {
      const [given] = file.files;
      file.value = "";
      if (!given) return;
      await attempt(
        async () => call("PUT", "snapshot", { body: JSON.parse(await given.text()) }),
        "The world is as it was.",
      );
      load();
    });
    return [file, button("Restore…", () => file.click())];
  }

  load();
  return {
    parts(next) {
      parts = next;
      items();
    },
    pulse(_, changed) {
      if (changed && !detail.contains(document.activeElement)) load();
    },
    reset: load,
    close: () => clearTimeout(typing),
  };
}

function brief(value) {
  if (value === null || typeof value !== "object") return String(value);
  const name = ["name", "title", "email", "business_name", "status"]
    .map((key) => value[key])
    .find((one) => typeof one === "string");
  return name ?? "";
}
