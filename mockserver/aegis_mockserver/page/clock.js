// The clock of the world.

import { attempt, call, get } from "./api.js";
import { button, field, fill, h } from "./dom.js";

export const id = "clock";
export const title = "Clock";
export const told = "The world’s time. Move it, and tokens and codes expire without waiting.";

const STEPS = [
  ["5 min", 300],
  ["1 hour", 3600],
  ["24 hours", 86400],
  ["7 days", 604800],
];

export function open(root) {
  const shown = h("time", { class: "big" }, "…");
  const state = h("p", { class: "note", role: "status" });
  const amount = h("input", { type: "number", value: "10", step: "any", required: true });
  const unit = h(
    "select",
    {},
    [
      ["1", "seconds"],
      ["60", "minutes"],
      ["3600", "hours"],
      ["86400", "days"],
    ].map(([value, text]) => h("option", { value }, text)),
  );
  const wanted = h("input", {
    type: "text",
    inputmode: "numeric",
    placeholder: "2026-12-31T23:59:00Z",
    required: true,
    pattern: "\\d{4}-\\d{2}-\\d{2}.*",
  });
  const still = h(
    "button",
    { type: "button", on: { click: () => move({ frozen: still.getAttribute("aria-pressed") !== "true" }) } },
    "Stand still",
  );
  let now = null;
  let read = 0;

  unit.value = "60";
  fill(
    root,
    h(
      "section",
      { class: "card centre" },
      shown,
      state,
      h(
        "div",
        { class: "tools" },
        STEPS.map(([text, seconds]) => button(`+ ${text}`, () => move({ advance_seconds: seconds }))),
        still,
        button("Follow the machine", () => move({ reset: true })),
      ),
    ),
    h(
      "div",
      { class: "cards" },
      h(
        "form",
        {
          class: "card",
          on: {
            submit: (event) => sent(event, () => ({ advance_seconds: Number(amount.value) * Number(unit.value) })),
          },
        },
        h("h2", {}, "Advance"),
        h("div", { class: "pair" }, field("By", amount, "A negative number goes back."), field("Unit", unit)),
        h("button", { class: "main" }, "Advance the clock"),
      ),
      h(
        "form",
        { class: "card", on: { submit: (event) => sent(event, () => ({ set: wanted.value.trim() })) } },
        h("h2", {}, "Set"),
        field("To this point in time", wanted, "RFC 3339; without an offset it is UTC."),
        h("button", { class: "main" }, "Set the clock"),
      ),
    ),
  );

  async function load() {
    now = await attempt(() => get("clock"));
    read = performance.now();
    show();
  }

  async function move(body) {
    const moved = await attempt(() => call("POST", "clock", { body }), "The clock was moved.");
    if (moved) [now, read] = [moved, performance.now()];
    show();
  }

  function sent(event, body) {
    event.preventDefault();
    move(body());
  }

  function show() {
    if (!now) return;
    const passed = now.frozen ? 0 : performance.now() - read;
    const moment = new Date(Date.parse(now.now) + passed).toISOString();
    shown.setAttribute("datetime", moment);
    const text = `${moment.slice(0, 10)} ${moment.slice(11, 19)} UTC`;
    if (shown.textContent !== text) shown.textContent = text;
    still.setAttribute("aria-pressed", String(now.frozen));
    const told = now.frozen
      ? "It stands still."
      : Math.abs(now.offset) < 1
        ? "It runs with the machine’s clock."
        : `It runs ${span(Math.abs(now.offset))} ${now.offset > 0 ? "ahead of" : "behind"} the machine’s clock.`;
    if (state.textContent !== told) state.textContent = told;
  }

  load();
  const timer = setInterval(show, 500);
  let last = "";
  return {
    pulse({ offset, frozen }) {
      const key = `${Math.round(offset)} ${frozen}`;
      if (last && key !== last) load();
      last = key;
    },
    reset: load,
    close: () => clearInterval(timer),
  };
}

function span(seconds) {
  const parts = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ].map(([size, name], index, all) => {
    const count = Math.floor((index ? seconds % all[index - 1][0] : seconds) / size);
    return count ? `${count} ${name}` : "";
  });
  return parts.filter(Boolean).slice(0, 2).join(" ") || "0 s";
}
