// Faults: what goes wrong on purpose.

import { attempt, call, get } from "./api.js";
import { button, empty, field, fill, h, select } from "./dom.js";
import { many } from "./format.js";

export const id = "faults";
export const title = "Faults";
export const told = "What goes wrong on purpose, in this world only.";

const KINDS = {
  status: [
    "Answer a status",
    [
      ["status", "Status", "503"],
      ["retry_after", "Retry-After, seconds", ""],
      ["error_rate", "Share of the calls, 0 to 1", "1"],
    ],
  ],
  latency: [
    "Answer late",
    [
      ["latency", "Seconds", "1"],
      ["jitter", "Jitter, seconds", ""],
    ],
  ],
  rate: [
    "Limit the rate",
    [
      ["rate_limit", "Calls", "10"],
      ["window", "In so many seconds", "1"],
    ],
  ],
  schedule: ["Statuses in a row", [["schedule", "Statuses, 0 for the true answer", "503, 503, 0"]]],
  slow: ["Send the body slowly", [["bytes_per_second", "Bytes a second", "200"]]],
  truncate: [
    "Send half the body",
    [
      ["truncate", "Share of the body, 0 to 1", "0.5"],
      ["error_rate", "Share of the calls, 0 to 1", "1"],
    ],
  ],
  reset: ["End the connection", [["error_rate", "Share of the calls, 0 to 1", "1"]]],
};

export function open(root) {
  const list = h("div", {});
  const kind = select(
    Object.entries(KINDS).map(([name, [text]]) => [name, text]),
    "status",
  );
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

  function ask() {
    fill(
      figures,
      KINDS[kind.value][1].map(([name, label, usual]) =>
        field(label, h("input", { type: name === "schedule" ? "text" : "number", step: "any", name, value: usual })),
      ),
    );
  }

  async function add(event) {
    event.preventDefault();
    const fault = { operation: operation.value.trim() || "*" };
    for (const input of figures.querySelectorAll("input")) {
      if (input.value.trim() === "") continue;
      fault[input.name] =
        input.name === "schedule"
          ? input.value
              .split(/[\s,]+/)
              .filter(Boolean)
              .map(Number)
          : Number(input.value);
    }
    if (kind.value === "reset") fault.reset = true;
    if (Number(times.value)) fault.times = Number(times.value);
    if (await attempt(() => call("POST", "faults", { body: fault }), "The fault is on.")) load();
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
    const dull = { error_rate: 1, distribution: "fixed", window: 1 };
    const told = Object.entries(rest).filter(
      ([key, value]) => dull[key] !== value && !(key === "window" && !rest.rate_limit),
    );
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

  ask();
  load();
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
