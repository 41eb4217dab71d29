// The control API of one world.

import { say } from "./dom.js";

export const world = new URLSearchParams(location.search).get("world") || "default";

/** The address of a control operation: at("journal", { limit: 5 }). */
export function at(path, query = {}) {
  const url = new URL(path, document.baseURI.split(/[?#]/)[0]);
  for (const [name, value] of Object.entries(query))
    if (value !== "" && value !== null) url.searchParams.set(name, value);
  if (world !== "default") url.searchParams.set("world", world);
  return url;
}

/** An address of the mock itself, for a target such as /api/v1/users?limit=5. */
export function target(text) {
  return new URL(`.${text.startsWith("/") ? "" : "/"}${text}`, new URL("..", document.baseURI.split(/[?#]/)[0]));
}

/** Call a control operation; answers its JSON. What is refused is said, and thrown. */
export async function call(method, path, { query, body, quiet } = {}) {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  let answer;
  try {
    answer = await fetch(at(path, query), { method, ...sent });
  } catch (error) {
    if (!quiet) say("The mock does not answer.", "failed");
    throw error;
  }
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (answer.ok) return value;
  const reason = value?.detail || value?.title || `Status ${answer.status}`;
  if (!quiet) say(reason, "failed");
  throw Object.assign(new Error(reason), { status: answer.status });
}

export const get = (path, query, options) => call("GET", path, { query, ...options });

/** Do something that a button is for: a refusal was said already, and is no error of the page. */
export async function attempt(work, done) {
  try {
    const value = await work();
    if (done) say(done);
    return value;
  } catch {
    return null;
  }
}
