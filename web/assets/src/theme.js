// Before the first paint: the theme that somebody chose on this screen, else the system's. No import: it blocks.
{
  let chosen = null;
  try {
    chosen = localStorage.getItem("sinne-theme");
  } catch {
    // Storage is switched off in this browser: the system's theme it is.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
