// Dragging the hours looks at another day: to the left at later ones, to the right at earlier ones, a day every 96 px.
// A tag says which day it would be; the day is asked for when the hand lets go. Escape, or coming back, changes nothing.
const A_DAY_PX = 96;
const PULL = 0.3; // how much of the way the sheet follows the hand

const day = () => document.getElementById("day");

function shifted(date, days) {
  const moved = new Date(`${date}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

function target(held, x) {
  const { date, firstDate, lastDate } = day().dataset;
  const wished = shifted(date, Math.trunc((held.x - x) / A_DAY_PX));
  return wished < firstDate ? firstDate : wished > lastDate ? lastDate : wished;
}

function show(held, x) {
  const date = target(held, x);
  const tag = document.getElementById("day-tag");
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  tag.textContent = words.format(new Date(`${date}T12:00:00Z`));
  tag.style.left = `${day().scrollLeft + day().clientWidth / 2}px`;
  tag.hidden = false;
  document.getElementById("day-sheet").style.transform = `translateX(${(x - held.x) * PULL}px)`;
}

export function watchDrag(go) {
  let held = null;

  function letGo() {
    held = null;
    day().classList.remove("is-dragged");
    document.getElementById("day-tag").hidden = true;
    document.getElementById("day-sheet").style.transform = "";
  }

  document.addEventListener("pointerdown", (press) => {
    const hours = press.target.closest?.("[data-drag]");
    if (!hours || press.button !== 0 || held) return;
    held = { x: press.clientX, id: press.pointerId };
    hours.setPointerCapture(press.pointerId);
    day().classList.add("is-dragged");
  });
  document.addEventListener("pointermove", (move) => {
    if (held?.id === move.pointerId) show(held, move.clientX);
  });
  document.addEventListener("pointerup", (release) => {
    if (held?.id !== release.pointerId) return;
    const date = target(held, release.clientX);
    letGo();
    if (date !== day().dataset.date) go(date);
  });
  document.addEventListener("pointercancel", () => held && letGo());
  document.addEventListener("keydown", (press) => press.key === "Escape" && held && letGo());
}
