// How a page of HQ keeps up: it asks for itself again every few seconds while it is looked at, and says what it has.
// The server answers with pieces, or with nothing where nothing is newer. Any of HQ's workers can answer.
import { definePieces } from "./pieces.js";
import { watchProblems } from "./problems.js";

const EVERY_MS = 5_000;
const live = () => document.getElementById("live");
const clocks = () => document.querySelectorAll("[data-clock]");
let heardAt = new Date();
let drawnAt = performance.now();

// Seconds since the page, or what is live in it, was drawn: its clocks were right then.
export const sinceDrawn = () => (performance.now() - drawnAt) / 1000;

function tick() {
  for (const clock of clocks()) {
    const wall = Date.parse(`${clock.dateTime.slice(0, 19)}Z`);
    clock.textContent = new Date(wall + sinceDrawn() * 1000).toISOString().slice(11, 16);
  }
}

function setOffline(isOff) {
  const banner = document.getElementById("offline");
  if (banner.hidden !== isOff) return;
  const time = heardAt.toTimeString().slice(0, 5);
  banner.querySelector("[data-words]").textContent = banner.dataset.words.replace("{time}", time);
  banner.hidden = !isOff;
  document.body.classList.toggle("is-offline", isOff);
}

// An answer about something else than what is asked for by now is too late.
function isLate({ elt, pathInfo }) {
  return elt.id === "live" && pathInfo.requestPath !== live().getAttribute("hx-get");
}

export function keepUp(htmx, { drawn = () => {} } = {}) {
  definePieces(htmx);
  watchProblems(htmx);
  const body = document.body;
  body.addEventListener("htmx:beforeSwap", (swap) => {
    if (isLate(swap.detail)) swap.detail.shouldSwap = false;
  });
  body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) heardAt = new Date();
    if (detail.successful || detail.elt.id === "live") setOffline(!detail.successful);
  });
  body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (!detail.pathInfo) return;
    drawnAt = performance.now();
    tick();
    drawn(detail);
  });
  setInterval(() => {
    if (document.visibilityState === "visible" && !document.querySelector(".htmx-request")) htmx.trigger(live(), "tick");
  }, EVERY_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && htmx.trigger(live(), "tick"));
  addEventListener("pageshow", (shown) => shown.persisted && location.reload());
  setInterval(tick, EVERY_MS);
}
