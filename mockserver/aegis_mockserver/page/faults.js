// Faults: what goes wrong on purpose.

import { attempt, call, get } from "./api.js";
import { button, empty, field, fill, h } from "./dom.js";
import { many } from "./format.js";

export const id = "faults";
export const title = "Faults";
export const told = "What goes wrong on purpose, in this world only.";

export function open(root) {
  const list = h("div", {});
  const kind = h("select", {});
  let kinds = []; // as the mock itself describes them
  const operation = h("input", {
    type: "text",
    list: "known-operations",
    placeholder: "every operation",
    spellcheck: "false",
  });
  const known = h("datalist", { id: "known-operations" });
  const times = h("input", { type: "number", min: "0", value: "0" });
  const figures = h("div", { class: "pair" });
  let count = null;

  kind.addEventListener("change", ask);
  fill(
    root,
    h(
      "form",
      { class: "card", on: { submit: add } },
      h("h2", {}, "Add a fault"),
      h(
        "div",
        { class: "pair" },
        field("What happens", kind),
        field("To", operation, "Key of an operation; left empty, every one."),
      ),
      figures,
      field("For so many calls", times, "0 is for ever."),
      known,
      h("button", { class: "main" }, "Add the fault"),
    ),
    list,
  );

  function chosen() {
    return kinds.find((one) => one.name === kind.value) ?? { members: [] };
  }

  function ask() {
    fill(
      figures,
      chosen()
        .members.filter((member) => member.form !== "flag")
        .map((member) => field(member.title, control(member))),
    );
  }

  function control(member) {
    const { name, form, usual = "", choices } = member;
    if (choices) {
      return h("select", { name }, h("option", { value: "" }, ""), ...choices.map((one) => h("option", {}, one)));
    }
    const text = form === "statuses" || form === "text";
    const value = Array.isArray(usual) ? usual.join(", ") : String(usual);
    return h("input", { type: text ? "text" : "number", step: "any", name, value });
  }

  async function add(event) {
    event.preventDefault();
    const fault = { operation: operation.value.trim() || "*" };
    for (const member of chosen().members) {
      const text = figures.querySelector(`[name="${member.name}"]`)?.value.trim() ?? "";
      if (member.form === "flag") fault[member.name] = true;
      else if (text !== "") fault[member.name] = read(member.form, text);
    }
    if (Number(times.value)) fault.times = Number(times.value);
    if (await attempt(() => call("POST", "faults", { body: fault }), "The fault is on.")) load();
  }

  function read(form, text) {
    if (form === "statuses") return text.split(/[\s,]+/).filter(Boolean).map(Number);
    return form === "number" || form === "integer" ? Number(text) : text;
  }

  async function load() {
    const found = await attempt(() => get("faults"));
    if (!found) return;
    const rows = found.faults;
    fill(
      list,
      rows.length
        ? [
            h(
              "header",
              { class: "line" },
              h("h2", {}, many(rows.length, "fault")),
              h("span", { class: "grow" }),
              button("Switch all off", () => attempt(() => call("DELETE", "faults"), "All faults are off.").then(load)),
            ),
            h("ul", { class: "cards" }, rows.map(card)),
          ]
        : empty("Nothing goes wrong.", "Add a fault above, and the next calls meet it. Other worlds do not."),
    );
  }

  function card(one) {
    const { operation: name, calls, number, ...rest } = one;
    const told = Object.entries(rest).filter(([key, value]) => key !== "error_rate" || value !== 1);
    const over = one.times && calls >= one.times;
    return h(
      "li",
      { class: "card fault" },
      h("h3", {}, name === "*" ? "Every operation" : name),
      h(
        "p",
        {},
        told.map(([key, value]) =>
          h(
            "span",
            { class: "chip" },
            `${key.replaceAll("_", " ")} ${Array.isArray(value) ? value.join(", ") : value}`,
          ),
        ),
      ),
      h("p", { class: "note" }, `Met ${many(calls, "time")}${over ? "; it is over" : ""}.`),
      button("Switch off", () => attempt(() => call("DELETE", `faults/${number}`), "The fault is off.").then(load), {
        "aria-label": `Switch off fault ${number}`,
      }),
    );
  }

  load();
  attempt(() => get("faults/kinds")).then((found) => {
    if (!found) return;
    kinds = found.kinds;
    fill(
      kind,
      kinds.map((one) => h("option", { value: one.name }, one.title)),
    );
    kind.value = "status";
    ask();
  });
  attempt(() => get("operations")).then(
    (found) =>
      found &&
      fill(
        known,
        found.operations
          .slice(0, 1000)
          .map((one) => h("option", { value: one.operation }, `${one.method} ${one.path}`)),
      ),
  );
  return {
    pulse(now) {
      const key = `${now.faults} ${now.faults ? now.exchanges : ""}`;
      if (count !== null && key !== count && !list.contains(document.activeElement)) load();
      count = key;
    },
    reset: load,
  };
}
