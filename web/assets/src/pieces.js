// A piece is an element of the page with an id. The server answers with pieces; each is morphed into the one that
// stands in the page, so that focus, scroll position, an open drawer and a choice that was made stay as they are.
import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

const kept = {
  // A dialog or a drawer that is open stays open, however often it is drawn again.
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches?.("dialog, details")),
  // What went wrong with a press stays told until the next one: a change elsewhere in the store does not take it away.
  // So does what somebody is filling in: a field that says so (`data-keeps`) and is still the same one.
  beforeNodeMorphed: (old, fresh) =>
    !(old.matches?.("[data-told]") && fresh.hidden) && !(old.matches?.("[data-keeps]") && old.id === fresh.id),
};

// A choice that a person made outlives the drawing, if it still exists.
function keepChoices(old, fresh) {
  for (const chosen of old.querySelectorAll("input[type=radio]:checked")) {
    const twin = fresh.querySelector(`input[name="${CSS.escape(chosen.name)}"][value="${CSS.escape(chosen.value)}"]`);
    if (twin) twin.checked = true;
  }
}

// Puts the pieces of a fragment in place; returns the elements that stand there now.
export function place(fragment, { skip = () => false } = {}) {
  const placed = [];
  for (const fresh of [...fragment.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (!old || skip(fresh)) continue;
    keepChoices(old, fresh);
    placed.push(...Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", callbacks: kept }));
  }
  return placed.filter((node) => node.nodeType === Node.ELEMENT_NODE);
}

export function read(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// htmx asks; its answer is put in place piece by piece. An answer without a piece is another page: go there.
export function definePieces(htmx) {
  htmx.defineExtension("pieces", {
    isInlineSwap: (style) => style === "pieces",
    handleSwap: (style, _target, fragment) => {
      if (style !== "pieces") return false;
      const placed = place(fragment);
      if (!placed.length) location.reload();
      return placed;
    },
  });
}
