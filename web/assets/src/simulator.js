// The simulator's page: devices and what was done as they change, the device in hand, and keys to misbehave.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./cards.css";
import "./desk.css";
import "./simulator.css";
import { definePieces } from "./pieces.js";
import { bringIntoView, speak, watchProblems } from "./problems.js";
import { connect } from "./live.js";

const desk = () => document.querySelector("#desk");
const inHand = () => desk()?.dataset.zone ?? "";
const isAsked = () => desk() && !desk().classList.contains("desk--unasked");
const query = () => (isAsked() ? `?device=${encodeURIComponent(inHand())}` : "");

function markChosen() {
  for (const link of document.querySelectorAll("[data-take]")) {
    if (link.dataset.take === inHand()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.body.addEventListener("htmx:afterSwap", (swap) => {
  const path = swap.detail.pathInfo?.requestPath ?? "";
  markChosen();
  if (!path.startsWith("/desk")) return;
  history.replaceState(null, "", `/${query()}`);
  speak(desk().dataset.spoken);
  bringIntoView(desk());
});

// The key that was pressed may have become another one: whoever uses a keyboard goes on with what ends it.
document.body.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement !== document.body) return;
  const key = document.querySelector(".deed--on .key") ?? document.querySelector("#deeds .key");
  key?.focus({ preventScroll: true });
});

definePieces(htmx);
watchProblems(htmx);
connect(htmx, { inHand, paths: () => [`/fragment${query()}`] });
