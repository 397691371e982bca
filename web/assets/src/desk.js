// The zone in hand: which plate and card are marked, and what is read out.
import { bringIntoView, speak } from "./problems.js";

const desk = () => document.querySelector("#desk");

export const zoneInHand = () => desk()?.dataset.zone ?? "";

function markChosen() {
  const zone = zoneInHand();
  for (const link of document.querySelectorAll("[data-take]")) {
    if (link.dataset.take === zone) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

export function watchDesk() {
  document.body.addEventListener("htmx:afterSwap", (swap) => {
    const path = swap.detail.pathInfo?.requestPath ?? "";
    markChosen();
    if (!path.startsWith("/now/desk")) return;
    history.replaceState(null, "", `/?zone=${encodeURIComponent(zoneInHand())}`);
    speak(desk().dataset.spoken);
    bringIntoView(desk());
  });
}
