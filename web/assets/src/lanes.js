// A day as lanes: the line for now, the hours in view, arrow keys from piece to piece, other days by drag, and the address
// that follows them. Of the store's page Today, and of a store's day as HQ sees it.
import { place, read } from "./pieces.js";
import { bringIntoView, speak } from "./problems.js";
import { watchDrag } from "./drag.js";

const PEEK_PX = 14;
const day = () => document.getElementById("day");
let age = () => 0;
export const here = () => location.pathname + location.search;

// The line for now goes on between drawings; what it has passed is filled (`--now` is read by every piece).
export function moveNow() {
  const shown = day();
  if (!shown || !("today" in shown.dataset)) return;
  shown.style.setProperty("--now", Number(shown.dataset.now) + age() * Number(shown.dataset.perS));
  const clock = document.getElementById("store-clock") ?? document.querySelector("[data-clock]");
  document.querySelector("[data-now-words]").textContent = clock.textContent;
}

// Shows the hours of trade first; today what is around now, where they do not fit or now is not among them.
function openAtHours() {
  const shown = day();
  if (!shown?.dataset.first) return;
  const sheet = document.getElementById("day-sheet");
  const scale = document.querySelector(".day__scale");
  const left = scale.getBoundingClientRect().left - sheet.getBoundingClientRect().left;
  const x = (percent) => (Number(percent) / 100) * scale.clientWidth;
  const room = shown.clientWidth - left;
  const { first, last, now } = shown.dataset;
  const fits = x(last) - x(first) <= room + 1;
  // A little of the hour before is seen too, so that its end can be read, and that there is more.
  const start = x(first) - PEEK_PX;
  if (now === undefined) shown.scrollLeft = start;
  else if (Number(now) < Number(first)) shown.scrollLeft = Math.max(0, x(now) - room * 0.08);
  else if (fits && Number(now) < Number(last)) shown.scrollLeft = start;
  else shown.scrollLeft = Math.max(start, x(now) - room * 0.55);
}

// The left and right neighbour of a piece in its lane, and the pieces above and below at the same time.
function stepTo(piece, key) {
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const row = key === "ArrowLeft" ? piece.closest("li").previousElementSibling : piece.closest("li").nextElementSibling;
    return row?.querySelector(".seg");
  }
  const lanes = [...document.querySelectorAll(".lane")].filter((lane) => lane.querySelector(".seg"));
  const lane = lanes[lanes.indexOf(piece.closest(".lane")) + (key === "ArrowUp" ? -1 : 1)];
  const at = (of, what) => Number(of.closest("li").style.getPropertyValue(what));
  const middle = (at(piece, "--from") + at(piece, "--to")) / 2;
  return [...(lane?.querySelectorAll(".seg") ?? [])].find((other) => at(other, "--to") > middle);
}

function watchKeys() {
  document.addEventListener("keydown", (press) => {
    if (!press.key.startsWith("Arrow") || press.altKey || press.ctrlKey || press.metaKey || press.shiftKey) return;
    const piece = press.target.closest(".seg");
    const next = piece ? stepTo(piece, press.key) : null;
    if (piece && next) next.focus();
    else if (press.target.closest("#days") && (press.key === "ArrowLeft" || press.key === "ArrowRight")) {
      document.getElementById(press.key === "ArrowLeft" ? "day-before" : "day-after")?.click();
    }
    if (next || press.target.closest("#days") || piece) press.preventDefault();
  });
}

// The address follows what is shown: a day is a step back and forth, a piece of it is not.
function follow(htmx) {
  document.body.addEventListener("htmx:afterSwap", (swap) => {
    const { requestPath: path = "", finalRequestPath } = swap.detail.pathInfo ?? {};
    if (!path.startsWith(location.pathname) || swap.detail.requestConfig?.verb !== "get") return;
    if (swap.detail.requestConfig.elt.id === "live") return moveNow(); // the page asked for itself
    const address = finalRequestPath ?? path;
    const turned = new URLSearchParams(address.split("?")[1]).get("day") !== new URLSearchParams(location.search).get("day");
    history[turned ? "pushState" : "replaceState"](null, "", address);
    if (turned) openAtHours();
    moveNow();
    // The key that was pressed, which is not what was put in place.
    const pressed = swap.detail.requestConfig.elt;
    if (pressed.matches(".seg, .without__others a")) {
      speak(document.getElementById("why").dataset.spoken ?? "");
      if (pressed.matches(".seg")) bringIntoView(document.getElementById("why"), "nearest");
    } else {
      speak(document.getElementById("day-said").textContent);
    }
  });
  addEventListener("popstate", () => go(htmx, here(), false));
}

// Another day or piece without a link of its own: by drag, and by the back key of the browser.
async function go(htmx, address, remember = true) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return location.assign(address);
  for (const piece of place(read(await answer.text()))) htmx.process(piece);
  if (remember) history.pushState(null, "", address);
  openAtHours();
  moveNow();
  speak(document.getElementById("day-said").textContent);
}

// `sinceDrawn()`: seconds since what is shown was drawn.
export function showLanes(htmx, sinceDrawn) {
  age = sinceDrawn;
  watchKeys();
  watchDrag((date) => {
    const query = new URLSearchParams({ day: date, ...(day().dataset.zone && { zone: day().dataset.zone }) });
    go(htmx, `${location.pathname}?${query}`);
  });
  follow(htmx);
  openAtHours();
  moveNow();
  setInterval(moveNow, 5_000);
}
