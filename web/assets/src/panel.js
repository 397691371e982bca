// What every page needs: how it looks, the theme key, and passwords that can be shown.
import "./fonts.css";
import "./tokens.css";
import "./base.css";
import "./bar.css";
import "./keys.css";
import "./marks.css";
import "./notices.css";
import "./door.css";
import "./air.css";

const root = document.documentElement;

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function turnTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("sinne-theme", root.dataset.theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function showPassword(key) {
  const field = document.getElementById(key.getAttribute("aria-controls"));
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  key.setAttribute("aria-pressed", String(!shown));
  field.focus();
}

document.addEventListener("click", (press) => {
  if (press.target.closest("[data-theme-key]")) turnTheme();
  const key = press.target.closest("[data-show-password]");
  if (key) showPassword(key);
});
for (const key of document.querySelectorAll("[data-theme-key], [data-show-password]")) key.hidden = false;
