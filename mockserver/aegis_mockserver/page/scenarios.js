// Scenarios: rows of answers that were written beside the contract.

import { attempt, call, get } from "./api.js";
import { button, empty, fill, h } from "./dom.js";
import { code, status } from "./format.js";

export const id = "scenarios";
export const title = "Scenarios";
export const told = "Rows of answers, written beside the contract.";

const HOW = `scenarios:
  - name: registry-recovers
    operation: validateBusinesses
    answers:
      - {status: 503}
      - real`;

const AFTER = { stay: "then the last answer stays", repeat: "then it begins again", end: "then the real answers come" };

export function open(root) {
  async function load() {
    const found = await attempt(() => get("scenarios"));
    if (!found) return;
    fill(
      root,
      found.scenarios.length
        ? h("ul", { class: "cards wide" }, found.scenarios.map(card))
        : empty(
            "There are no scenarios.",
            "Write them in YAML, and start the mock with --scenarios FILE.",
            code(HOW, "A scenario in YAML"),
          ),
    );
  }

  function card(one) {
    const running = one.position !== null;
    const at = running
      ? one.then === "repeat"
        ? one.position % one.answers.length
        : Math.min(one.position, one.answers.length - (one.then === "stay" ? 1 : 0))
      : -1;
    const place = `scenarios/${encodeURIComponent(one.name)}`;
    return h(
      "li",
      { class: "card" },
      h("h2", {}, one.name, running ? h("span", { class: "chip on" }, "running") : null),
      h("p", {}, h("code", {}, one.operation), ` · ${AFTER[one.then]}`),
      h(
        "ol",
        { class: "steps" },
        one.answers.map((step, index) =>
          h(
            "li",
            { "aria-current": index === at ? "step" : null },
            step.real ? "real" : status(step.status),
            step.example ? ` ${step.example}` : null,
          ),
        ),
      ),
      h(
        "div",
        { class: "tools" },
        button(
          running ? "Start again" : "Start",
          () => attempt(() => call("POST", place), `${one.name} runs.`).then(load),
          { class: "main" },
        ),
        running
          ? button("Stop", () => attempt(() => call("DELETE", place), `${one.name} is stopped.`).then(load))
          : null,
      ),
    );
  }

  load();
  return {
    pulse(_, changed) {
      if (changed && !root.contains(document.activeElement)) load();
    },
    reset: load,
  };
}
