// What went wrong with a press, near the key that was pressed; and the toast, which goes by itself.
const one = (css, within = document) => within.querySelector(css);

// One sentence near the key, in the form or dialog that was used; else at the head of the page's desk.
function complain(words, form) {
  const near = form?.closest("dialog") ?? form;
  const place = (near && one("[data-problem]", near)) ?? one("#problem");
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

export function watchProblems(htmx) {
  watchToast();
  // What asks by itself (`data-quiet`) tells of its own troubles, and takes nobody else's away.
  const isQuiet = (elt) => "quiet" in (elt?.dataset ?? {});
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => isQuiet(detail.elt) || forgetProblems());
  document.body.addEventListener("htmx:responseError", (failed) => {
    const { xhr, elt } = failed.detail;
    if (isQuiet(elt)) return;
    const plain = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
    complain(plain ? xhr.responseText : document.body.dataset.failed, elt);
  });
  document.body.addEventListener("htmx:sendError", ({ detail }) => isQuiet(detail.elt) || complain(document.body.dataset.unsent, detail.elt));
  htmx.config.timeout = 15000;
}

// Brings a part of the page to where it can be read, if it is not there yet.
export function bringIntoView(part, block = "start") {
  const { top } = part.getBoundingClientRect();
  if (block === "start" && top < innerHeight * 0.55 && top > -40) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  part.scrollIntoView({ behavior: still ? "auto" : "smooth", block });
}

export function speak(words) {
  one("#spoken").textContent = words;
}
