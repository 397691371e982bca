// The page Cues: pieces that are put in place, where the focus goes after a press, and the live connection.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./cues.css";
import { definePieces } from "./pieces.js";
import { watchDialogs } from "./dialogs.js";
import { watchProblems } from "./problems.js";
import { connect } from "./live.js";

const here = () => location.pathname + location.search;

// The key that was pressed is gone with its cue: whoever uses a keyboard goes on with the next one, else with the sentence.
function keepFocus() {
  let next = "";
  document.body.addEventListener("htmx:beforeRequest", (sent) => {
    const own = sent.detail.elt.closest(".cue, .row-cue");
    if (own) next = (own.nextElementSibling ?? own.previousElementSibling)?.id ?? "";
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement !== document.body) return;
    const key = document.getElementById(next)?.querySelector("button") ?? document.querySelector(".cue button");
    (key ?? document.getElementById("said"))?.focus({ preventScroll: true });
  });
}

definePieces(htmx);
watchDialogs();
watchProblems(htmx);
keepFocus();
connect(htmx, { inHand: here, paths: () => [here()] });
