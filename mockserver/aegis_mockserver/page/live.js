// What happens, as it happens. A page that nobody sees does not listen; what it missed comes when it is seen again.

import { at } from "./api.js";

let source = null;
let after = null;
let again = 0;
let mock = null;
const readers = { journal: [], pulse: [], reset: [], state: [] };

export function on(event, listen) {
  readers[event].push(listen);
  return () => readers[event].splice(readers[event].indexOf(listen), 1);
}

function tell(event, data) {
  for (const listen of [...readers[event]]) listen(data);
}

export function start() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop("paused") : connect()));
  window.addEventListener("pagehide", () => stop("paused"));
  connect();
}

function stop(state) {
  clearTimeout(again);
  source?.close();
  source = null;
  tell("state", state);
}

function connect() {
  if (source) return;
  clearTimeout(again);
  source = new EventSource(at("stream", after === null ? {} : { after }));
  source.addEventListener("open", () => tell("state", "live"));
  source.addEventListener("error", () => {
    stop("lost");
    again = setTimeout(connect, 1500);
  });
  source.addEventListener("journal", (event) => {
    const news = JSON.parse(event.data);
    after = news.total;
    tell("journal", news);
  });
  source.addEventListener("reset", () => {
    after = 0;
    tell("reset", null);
  });
  source.addEventListener("pulse", (event) => {
    const pulse = JSON.parse(event.data);
    const another = mock !== null && mock !== pulse.mock;
    mock = pulse.mock;
    if (after === null || another) after = pulse.exchanges ?? 0;
    tell("pulse", pulse);
    if (another) tell("reset", null); // the mock was started again, or the world made again: nothing is as it was
  });
}
