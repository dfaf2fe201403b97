// Shortcuts that work on every page. Letters are off while typing and can be switched off.
// The list that `?` opens shows a line only where the page has what its key is for.
const dialog = document.getElementById("keys-dialog");
const search = document.getElementById("global-search");
let going = -Infinity;

const lettersOn = () => localStorage.getItem("letter-keys") !== "off";
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !lettersOn()) return;
  if (document.querySelector("dialog[open]")) return;
  const went = event.timeStamp - going < 1500;
  going = -Infinity;
  if (went) document.querySelector(`[data-go-key="${CSS.escape(event.key)}"]`)?.click();
  else if (event.key === "g") going = event.timeStamp;
  else if (event.key === "?") show();
  else if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "c") document.querySelector("[data-key=c]")?.click();
  else if (event.key === "r") document.querySelector("[data-refresh]")?.click();
});

function show() {
  for (const line of dialog?.querySelectorAll("[data-needs]") ?? [])
    line.hidden = !document.querySelector(line.dataset.needs);
  dialog?.showModal();
}

for (const opener of document.querySelectorAll("[data-keys-open]")) {
  opener.addEventListener("click", () => {
    const menu = opener.closest("details");
    if (menu) menu.open = false;
    show();
  });
}

const toggle = dialog?.querySelector("[data-letter-keys]");
if (toggle) {
  toggle.checked = lettersOn();
  toggle.addEventListener("change", () => {
    localStorage.setItem("letter-keys", toggle.checked ? "on" : "off");
  });
}
