// Worlds: each has its own state, clock, inbox, journal and faults.

import { attempt, call, get, world } from "./api.js";
import { button, field, fill, h } from "./dom.js";
import { many, size } from "./format.js";

export const id = "worlds";
export const title = "Worlds";
export const told =
  "Each has its own state, clock, inbox, journal and faults. A request names its own in X-Mock-World.";

export function open(root) {
  const name = h("input", {
    type: "text",
    required: true,
    maxlength: 200,
    pattern: "[!-~]+",
    placeholder: "my-test",
    spellcheck: "false",
    title: "Letters, digits and signs, no spaces",
  });
  const list = h("div", {});
  let count = null;

  const enter = (event) => {
    event.preventDefault();
    go(name.value.trim());
  };
  fill(
    root,
    h(
      "form",
      { class: "card", on: { submit: enter } },
      h("h2", {}, "Go to a world"),
      field("Name", name, "It is made when it is first used."),
      h("button", { class: "main" }, "Go there"),
    ),
    list,
  );

  async function load() {
    const found = await attempt(() => get("worlds"));
    if (!found) return;
    const worlds = found.worlds.slice(0, 300);
    fill(
      list,
      h(
        "header",
        { class: "line" },
        h("h2", {}, many(found.worlds.length, "world")),
        h("span", { class: "grow" }),
        button(
          "Reset all worlds",
          () =>
            sure("Every world but the default one goes, and that is as new.") &&
            attempt(() => call("POST", "reset", { query: { all: "true" } }), "All worlds are as new.").then(load),
        ),
      ),
      h("ul", { class: "cards" }, worlds.map(card)),
    );
  }

  function card(one) {
    const here = one.name === world;
    const at = `worlds/${encodeURIComponent(one.name)}`;
    return h(
      "li",
      { class: here ? "card here" : "card" },
      h("h3", {}, one.name, here ? h("span", { class: "chip on" }, "shown here") : null),
      h(
        "p",
        { class: "note" },
        [
          many(one.exchanges, "exchange"),
          many(one.events, "event"),
          many(one.messages, "message"),
          size(one.bytes),
        ].join(" · "),
      ),
      h(
        "div",
        { class: "tools" },
        here ? null : button("Go there", () => go(one.name), { "aria-label": `Go to world ${one.name}` }),
        here
          ? button("Reset", () => attempt(() => call("POST", "reset"), "The world is as new.").then(load), {
              "aria-label": `Reset world ${one.name}`,
            })
          : null,
        one.name === "default" || here
          ? null
          : button("Forget", () => attempt(() => call("DELETE", at), "The world is forgotten.").then(load), {
              "aria-label": `Forget world ${one.name}`,
            }),
      ),
    );
  }

  load();
  return {
    pulse({ worlds }) {
      if (count !== null && worlds !== count) load();
      count = worlds;
    },
    reset: load,
  };
}

const sure = (text) => window.confirm(text);

function go(name) {
  const next = new URL(location.href);
  if (name === "default") next.searchParams.delete("world");
  else next.searchParams.set("world", name);
  next.hash = "#/journal";
  location.assign(next);
}
