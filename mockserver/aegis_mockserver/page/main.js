// The frame around the sections: where we are, what is live, light or dark.

import { attempt, call, world } from "./api.js";
import { fill, h } from "./dom.js";
import * as live from "./live.js";
import { moment } from "./format.js";
import * as clock from "./clock.js";
import * as events from "./events.js";
import * as faults from "./faults.js";
import * as inbox from "./inbox.js";
import * as journal from "./journal.js";
import * as operations from "./operations.js";
import * as scenarios from "./scenarios.js";
import * as state from "./state.js";
import * as worlds from "./worlds.js";

// Each section: id and title, what its number in the navigation counts, open(root, parts) → { parts?, pulse?, journal?, reset?, close? }
const sections = [journal, operations, state, inbox, events, faults, scenarios, clock, worlds];
const main = document.getElementById("main");
const counts = {
  journal: "exchanges",
  state: "stores",
  inbox: "messages",
  events: "events",
  faults: "faults",
  worlds: "worlds",
};
let shown = null;
let current = null;
let pulse = null;

function draw() {
  fill(
    document.getElementById("nav"),
    h(
      "ul",
      {},
      sections.map((section) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: `#/${section.id}`, "data-section": section.id },
            h("span", {}, section.title),
            h("span", { class: "count" }),
          ),
        ),
      ),
    ),
  );
  document.querySelector("#world b").textContent = world;
}

function route() {
  const [id, ...parts] = location.hash
    .replace(/^#\/?/, "")
    .split("/")
    .map((part) => safely(part));
  const section = sections.find((one) => one.id === id) ?? journal;
  if (section === current && shown?.parts) {
    shown.parts(parts);
    return;
  }
  const first = current === null;
  shown?.close?.();
  current = section;
  const heading = h("h1", { tabindex: -1 }, section.title);
  const body = h("div", { class: `section ${section.id}` });
  fill(main, h("div", { class: "heading" }, heading, h("p", {}, section.told)), body);
  document.title = `${section.title} · aegis mock`;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.section === section.id) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "center" });
    } else link.removeAttribute("aria-current");
  }
  shown = section.open(body, parts) ?? {};
  if (pulse) shown.pulse?.(pulse, true);
  if (!first) heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function safely(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function beat(now) {
  const before = pulse;
  pulse = now;
  for (const [section, name] of Object.entries(counts)) {
    const place = document.querySelector(`#nav a[data-section=${section}] .count`);
    place.textContent = now[name] ? now[name].toLocaleString("en") : "";
  }
  const trouble = document.getElementById("trouble");
  trouble.hidden = !now.trouble;
  if (trouble.textContent !== now.trouble)
    fill(trouble, now.trouble ? [h("b", {}, "The changed contract is not served. "), h("span", {}, now.trouble)] : []);
  tick();
  shown?.pulse?.(now, before === null || before.version !== now.version || before.edition !== now.edition);
  if (before === null) shown?.reset?.(); // what came after the section was read and before the stream was
}

function tick() {
  const place = document.getElementById("time");
  const moved = pulse?.exists && (pulse.frozen || Math.abs(pulse.offset) > 1);
  place.hidden = !moved;
  if (moved)
    place.querySelector("b").textContent = pulse.frozen ? "clock stands" : moment(Date.now() + pulse.offset * 1000);
}

function theme() {
  const press = document.getElementById("theme");
  const order = ["system", "light", "dark"];
  const name = () => document.documentElement.dataset.theme ?? "system";
  const write = () => {
    press.textContent = { system: "◐ System", light: "○ Light", dark: "● Dark" }[name()];
    press.setAttribute("aria-label", `Theme: ${name()}. Press for ${order[(order.indexOf(name()) + 1) % 3]}.`);
  };
  press.addEventListener("click", () => {
    const next = order[(order.indexOf(name()) + 1) % 3];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("aegis-theme", next);
    } catch {
      // not kept, then
    }
    write();
  });
  write();
}

const words = { live: "live", lost: "not connected, trying again", paused: "paused", waiting: "connecting" };

live.on("state", (now) => {
  const place = document.getElementById("live");
  place.dataset.state = now;
  place.querySelector(".words").textContent = words[now];
});
live.on("pulse", beat);
live.on("journal", (news) => shown?.journal?.(news));
live.on("reset", () => shown?.reset?.());
window.addEventListener("hashchange", route);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address says which section is shown
  main.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
  const search = main.querySelector("input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
});
setInterval(tick, 1000);
theme();
// Whoever looks at a world means it to be there; looking alone makes none.
if (world !== "default") await attempt(() => call("PUT", `worlds/${encodeURIComponent(world)}`));
draw();
route();
live.start();
