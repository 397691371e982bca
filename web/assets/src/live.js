// The live connection. `/api/v1/events` says that something shown has changed; the pieces are then asked for again.
// Where the stream cannot be had, the page asks every few seconds; where nothing answers, it says since when.
import { place, read } from "./pieces.js";

const GATHER_MS = 120; // changes that come together are drawn together
const PROBE_MS = 30_000; // a stream that has died without a word is noticed this late
const RETRY_MS = 4_000;
const TURN_MS = 500; // a turn of a cue is looked at this much after it
const LONGEST_TURN_S = 86_400;

const one = (css) => document.querySelector(css);
let clock = readClock();
let heardAt = clock.at;
let asking = false;
let again = false;
let isOffline = false;

function readClock() {
  const shown = one("[data-clock]");
  return { wall: Date.parse(`${shown.dateTime.slice(0, 19)}Z`), at: performance.now() };
}

// The store's own wall clock, however this screen's clock is set.
function storeTime(at = performance.now()) {
  return new Date(clock.wall + (at - clock.at)).toISOString().slice(11, 16);
}

// How long ago the page was drawn, in seconds: the store's clock on the page was right then.
export const sinceDrawn = () => (performance.now() - clock.at) / 1000;

function turnKeys(off) {
  for (const key of document.querySelectorAll("form[method=post] button")) {
    if (off && !key.disabled) {
      key.disabled = true;
      key.dataset.resting = "";
    } else if (!off && "resting" in key.dataset) {
      key.disabled = false;
      delete key.dataset.resting;
    }
  }
}

function goOffline() {
  if (isOffline) return;
  isOffline = true;
  const banner = one("#offline");
  banner.querySelector("[data-words]").textContent = banner.dataset.words.replace("{time}", storeTime(heardAt));
  banner.hidden = false;
  document.body.classList.add("is-offline");
  turnKeys(true);
}

function goOnline() {
  heardAt = performance.now();
  if (!isOffline) return;
  isOffline = false;
  one("#offline").hidden = true;
  document.body.classList.remove("is-offline");
  turnKeys(false);
}

async function ask(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10_000) });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  if (!answer.ok) throw new Error(`${answer.status} for ${path}`);
  return read(await answer.text());
}

// `page.paths()`: where the pieces of the page are asked for; `page.inHand()`: what they are about, which a person may
// change while they are on their way; `page.drawn()`: after they were put in place.
async function drawAgain(htmx, page) {
  const held = page.inHand();
  const parts = await Promise.all(page.paths().map(ask));
  goOnline();
  if (document.querySelector(".htmx-request")) return; // an answer to a press is on its way, and is newer
  if (page.inHand() !== held) return; // something else was taken in hand meanwhile
  for (const part of parts) place(part).forEach((piece) => htmx.process(piece));
  clock = readClock();
  heardAt = clock.at;
  page.drawn?.();
}

export function connect(htmx, page) {
  let timer = 0;
  let retry = 0;
  let turn = 0;

  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      await drawAgain(htmx, page);
      awaitTurn();
    } catch {
      goOffline();
      soonAgain();
    } finally {
      asking = false;
      if (again) {
        again = false;
        soon();
      }
    }
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, GATHER_MS);
  }
  function soonAgain() {
    clearTimeout(retry);
    retry = setTimeout(refresh, RETRY_MS);
  }
  // What says so stands differently after a while though nobody does anything: a cue comes due, or is late.
  function awaitTurn() {
    clearTimeout(turn);
    const waits = [...document.querySelectorAll("[data-turns-in-s]")].map((one) => Number(one.dataset.turnsInS));
    if (waits.length) turn = setTimeout(refresh, Math.min(...waits, LONGEST_TURN_S) * 1000 + TURN_MS);
  }
  function listen() {
    const events = new EventSource("/api/v1/events");
    events.addEventListener("open", soon);
    events.addEventListener("change", soon);
    events.addEventListener("error", () => {
      refresh(); // the stream is gone: is the controller?
      if (events.readyState !== EventSource.CLOSED) return;
      events.close();
      setTimeout(listen, RETRY_MS);
    });
    addEventListener("pagehide", () => events.close());
  }

  listen();
  awaitTurn();
  setInterval(() => performance.now() - heardAt > PROBE_MS && !isOffline && refresh(), PROBE_MS / 3);
  setInterval(() => {
    if (!isOffline) one("[data-clock]").textContent = storeTime();
  }, 5_000);
  addEventListener("pageshow", (shown) => shown.persisted && location.reload());
}
