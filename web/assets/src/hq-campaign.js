// One campaign: the form is looked at while somebody writes; a halt is held, so that nobody halts by accident.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./why.css";
import "./today.css";
import "./desk.css";
import "./hq.css";
import "./fleet.css";
import "./campaigns.css";
import { keepUp } from "./hq-live.js";

const HOLD_MS = 1200;
const one = (css) => document.querySelector(css);
const editor = one("#editor");
const lookAt = () => editor?.getAttribute("hx-post");

// Keys that change the form itself (a chip goes, a wave comes) ask for it to be looked at, with what they say.
const press = (name, value) =>
  htmx.ajax("POST", lookAt(), { source: editor, target: "#main", swap: "pieces", values: { [name]: value } });
document.addEventListener("click", (event) => {
  const key = event.target.closest?.("#editor button[formaction]");
  if (!key) return;
  event.preventDefault();
  press(key.name, key.value);
});

// An answer about a form that was changed since it was asked would undo what somebody has just written: it is left
// aside. What was written asks by itself; what was pressed is asked again.
const written = () => new URLSearchParams(new FormData(editor)).toString();
const asked = new WeakMap();
const isLook = ({ pathInfo, requestConfig }) => (pathInfo?.requestPath ?? requestConfig?.path) === lookAt();
document.body.addEventListener("htmx:beforeSend", ({ detail }) => editor && isLook(detail) && asked.set(detail.xhr, written()));
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!editor || !isLook(detail) || asked.get(detail.xhr) === written()) return;
  detail.shouldSwap = false;
  for (const name of ["drop", "less", "more"]) {
    const value = detail.requestConfig.parameters?.[name];
    if (value !== undefined) press(name, value);
  }
});

// A field of a wave that is being written in is left alone; others may be drawn anew, as waves come and go.
document.addEventListener("focusin", ({ target }) => target.matches?.(".stages :is(input, select)") && (target.dataset.keeps = ""));
document.addEventListener("focusout", ({ target }) => target.matches?.(".stages :is(input, select)") && delete target.dataset.keeps);

// What was chosen to narrow it is a chip now, and the field asks for another.
document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  const add = one("#add");
  if (add && detail.requestConfig?.elt === editor) add.value = "";
});

let timer;
let isHeld = false;
function begin(key) {
  const form = key.form;
  if (!form.reportValidity()) return;
  key.classList.add("is-held");
  timer = setTimeout(() => {
    isHeld = true;
    key.classList.add("is-done");
    form.requestSubmit(key);
  }, HOLD_MS);
}
function end() {
  clearTimeout(timer);
  one("[data-halt]")?.classList.remove("is-held");
}
const halts = (event) => event.target.closest?.("[data-halt]");
document.addEventListener("pointerdown", (event) => halts(event) && begin(halts(event)));
for (const leave of ["pointerup", "pointercancel"]) document.addEventListener(leave, end);
document.addEventListener("keydown", (event) => {
  if (halts(event) && !event.repeat && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    begin(halts(event));
  }
});
document.addEventListener("keyup", end);
document.addEventListener("submit", (event) => {
  if (event.target.id === "halting" && !isHeld) event.preventDefault();
});

keepUp(htmx);
