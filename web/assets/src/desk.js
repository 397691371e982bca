// The zone in hand: which plate and card are marked, what is read out, what went wrong, and the toast.
const one = (css, within = document) => within.querySelector(css);

export const zoneInHand = () => one("#desk")?.dataset.zone ?? "";

function markChosen() {
  const zone = zoneInHand();
  for (const link of document.querySelectorAll("[data-take]")) {
    if (link.dataset.take === zone) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function bringIntoView(desk) {
  const { top } = desk.getBoundingClientRect();
  if (top < innerHeight * 0.55 && top > -40) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  desk.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
}

function speak(words) {
  one("#spoken").textContent = words;
}

// One sentence near the key, in the form that was used; else at the head of the desk.
function complain(words, form) {
  const place = form?.closest("dialog") ? one("[data-problem]", form.closest("dialog")) : one("#problem");
  if (!place) return;
  one("[data-words]", place).textContent = words;
  place.hidden = false;
  place.dataset.told = "";
}

function forgetProblems() {
  for (const place of document.querySelectorAll("[data-problem]")) {
    place.hidden = true;
    delete place.dataset.told;
  }
}

function watchToast() {
  document.addEventListener("animationend", (end) => {
    if (end.animationName === "run-out") end.target.closest(".toast").hidden = true;
  });
  document.addEventListener("click", (press) => {
    if (press.target.closest("[data-put-away]")) press.target.closest(".toast").hidden = true;
  });
}

export function watchDesk(htmx) {
  watchToast();
  document.body.addEventListener("htmx:beforeRequest", forgetProblems);
  document.body.addEventListener("htmx:afterSwap", (swap) => {
    const path = swap.detail.pathInfo?.requestPath ?? "";
    markChosen();
    if (!path.startsWith("/now/desk")) return;
    const desk = one("#desk");
    history.replaceState(null, "", `/?zone=${encodeURIComponent(zoneInHand())}`);
    speak(desk.dataset.spoken);
    bringIntoView(desk);
  });
  document.body.addEventListener("htmx:responseError", (failed) => {
    const { xhr, elt } = failed.detail;
    const plain = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
    complain(plain ? xhr.responseText : document.body.dataset.failed, elt);
  });
  document.body.addEventListener("htmx:sendError", (failed) => complain(document.body.dataset.unsent, failed.detail.elt));
  htmx.config.timeout = 15000;
}
