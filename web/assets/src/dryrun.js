// The page Try a plan: a file is read into the text, how far it is can be read meanwhile, the outcome is put in place.
import "./dryrun.css";

const one = (css) => document.querySelector(css);
const form = one("#try");
const PROBE_MS = 700;
let asking = false;

function complain(words) {
  const place = one("#problem");
  place.textContent = words;
  place.hidden = !words;
}

async function takeFile() {
  const file = one("#file").files[0];
  if (!file) return;
  form.elements.text.value = await file.text();
  form.elements.name.value = file.name;
  one("#file").value = ""; // from here on it is the text that counts, and can be changed
  one("#text").focus();
}

function showWay(words, share) {
  one("#way").hidden = words === "";
  one("#way-words").textContent = words;
  one("#way-far").value = share;
}

async function watch(began) {
  while (asking) {
    await new Promise((done) => setTimeout(done, PROBE_MS));
    const answer = await fetch("/dry-run/progress", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!asking || !answer?.ok) continue;
    const { share } = await answer.json();
    if (share !== null) showWay(`${began} ${form.dataset.far.replace("{pct}", Math.round(share * 100))}`, share);
  }
}

async function send() {
  const answer = await fetch(form.action, {
    method: "POST", body: new FormData(form),
    headers: { "HX-Request": "true", "X-CSRF-Token": one("meta[name=csrf-token]").content },
  });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  const said = await answer.text();
  if (answer.ok) return said;
  const plain = (answer.headers.get("Content-Type") ?? "").startsWith("text/plain");
  throw new Error(plain ? said : form.dataset.failed);
}

function show(html) {
  one("#outcome").innerHTML = html;
  const head = one("#tried-said");
  one("#spoken").textContent = head.textContent;
  head.focus({ preventScroll: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  head.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
}

async function tryOut() {
  asking = true;
  const time = new Date().toTimeString().slice(0, 8);
  const began = form.dataset.began.replace("{time}", time);
  complain("");
  one("#outcome").replaceChildren();
  one("#go").disabled = true;
  one("#spoken").textContent = began;
  showWay(began, 0);
  watch(began);
  try {
    show(await send());
  } catch (failed) {
    complain(failed instanceof TypeError ? form.dataset.unsent : failed.message);
    one("#spoken").textContent = "";
  } finally {
    asking = false;
    one("#go").disabled = false;
    showWay("", 0);
  }
}

one("#file").addEventListener("change", takeFile);
form.addEventListener("submit", (sent) => {
  if (sent.submitter?.id === "publish") return;
  sent.preventDefault();
  if (!asking) tryOut();
});
// What was tried is not what stands there any more: it cannot be published until it was tried again.
one("#text").addEventListener("input", () => one(".tried__publish")?.remove());
