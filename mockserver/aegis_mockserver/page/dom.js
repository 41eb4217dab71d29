// Elements from data. Text is always a text node: nothing that anybody sent is ever read as HTML.

/** Make an element: h("a", { class: "row", href: "#/x", on: { click } }, "text", element, null). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listen] of Object.entries(value)) element.addEventListener(event, listen);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Put these children in place of all others. */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

let fields = 0;

/** A control with its label, and what else there is to know about it. */
export function field(label, control, hint) {
  control.id = `field-${++fields}`;
  if (hint) control.setAttribute("aria-describedby", `hint-${fields}`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: control.id }, label),
    control,
    hint ? h("small", { id: `hint-${fields}` }, hint) : null,
  );
}

export function select(options, chosen, attributes = {}) {
  const made = h(
    "select",
    attributes,
    options.map(([value, text]) => h("option", { value }, text)),
  );
  made.value = chosen;
  return made;
}

export function button(text, press, attributes = {}) {
  return h("button", { type: "button", on: { click: press }, ...attributes }, text);
}

/** What a section shows when there is nothing: what it is for, and how something gets there. */
export function empty(title, ...told) {
  return h(
    "div",
    { class: "empty" },
    h("p", {}, h("b", {}, title)),
    told.map((part) => (typeof part === "string" ? h("p", {}, part) : part)),
  );
}

/** Mark a link as the one that is shown. */
export function current(link, yes) {
  if (yes) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** Go to what was just chosen; where it stands instead of the list, from its top. */
export function reveal(place, heading) {
  place.scrollTop = 0;
  if (window.matchMedia("(max-width: 1080px)").matches) window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

/** Let the arrow keys go through the links of a list; Home and End go to its ends. */
export function arrows(list) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step || event.target.matches("input, select, textarea")) return;
    const links = [...list.querySelectorAll("a.row-link")];
    const at = links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, at + step))];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
  return list;
}

let timer = 0;

/** Say something to everybody: it is shown for a moment and read aloud. */
export function say(text, kind = "done") {
  const place = document.getElementById("said");
  fill(place, h("p", { class: kind }, text));
  clearTimeout(timer);
  timer = setTimeout(() => fill(place), kind === "failed" ? 9000 : 3500);
}
