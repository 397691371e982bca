// Pages of HQ that are lists: Fleet, Proof, Record, Enrol. What is asked for is in the address, so that it can be shared.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./desk.css";
import "./hq.css";
import "./fleet.css";
import { keepUp } from "./hq-live.js";
import { speak } from "./problems.js";

// The address follows what was asked for: another list is a step back and forth, a letter typed is not.
function follow({ requestConfig }) {
  const asked = document.getElementById("live").getAttribute("hx-get");
  const elt = requestConfig?.elt;
  if (!elt || elt.id === "live" || asked === location.pathname + location.search) return;
  const turned = elt.matches("a") || !asked.startsWith(location.pathname);
  history[turned ? "pushState" : "replaceState"](null, "", asked);
  speak(document.getElementById("seen")?.textContent ?? "");
}

// Arrow keys go from row to row in a table of links.
document.addEventListener("keydown", (press) => {
  if (press.key !== "ArrowDown" && press.key !== "ArrowUp") return;
  const row = press.target.closest?.("tbody tr");
  const other = press.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const link = other?.querySelector("th a");
  if (!link) return;
  press.preventDefault();
  link.focus();
});

// A tag that was chosen is a ticket now, and the field asks for another.
document.body.addEventListener("htmx:afterSwap", () => {
  const tag = document.querySelector("#sift-form #tag");
  if (tag) tag.value = "";
});
addEventListener("popstate", () => location.reload());
keepUp(htmx, { drawn: follow });
