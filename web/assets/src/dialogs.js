// Dialogs: the one question before a stop, and the drawer that says why. Without script both are parts of the page.
const ask = () => document.getElementById("ask-stop");
const why = () => document.getElementById("why");

function showModal(dialog) {
  if (dialog.open) dialog.close(); // one that the server drew open is not modal yet
  dialog.showModal();
}

function press(event) {
  const opener = event.target.closest("[data-ask-stop]");
  if (opener) {
    event.preventDefault();
    showModal(ask());
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog")?.close();
  }
  // A press on the backdrop is a press on the dialog itself, outside its contents.
  if (event.target === why()) why().close();
}

export function watchDialogs() {
  document.addEventListener("click", press);
  for (const dialog of [ask(), why()]) if (dialog?.open) showModal(dialog);
  document.body.addEventListener("htmx:afterSwap", (swap) => {
    const path = swap.detail.pathInfo?.requestPath ?? "";
    if (path.startsWith("/now/why")) showModal(why());
    if (path.startsWith("/now/stop")) ask().close();
  });
}
