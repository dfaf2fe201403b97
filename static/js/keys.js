// Shortcuts that work on every page. Letters are off while typing and can be switched off.
const dialog = document.getElementById("keys-dialog");
const search = document.getElementById("global-search");
const GO = { o: "overview", j: "jobs", q: "queue", a: "admin" };
let going = 0;

const lettersOn = () => localStorage.getItem("letter-keys") !== "off";
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) {
    event.preventDefault();
    search.focus();
    search.select();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !lettersOn()) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?" && dialog) dialog.showModal();
  else if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "g") going = event.timeStamp;
  else if (going && event.timeStamp - going < 1500) {
    going = 0;
    document.querySelector(`[data-go="${GO[event.key]}"]`)?.click();
  }
});

for (const opener of document.querySelectorAll("[data-keys-open]")) {
  opener.addEventListener("click", () => {
    const menu = opener.closest("details");
    if (menu) menu.open = false;
    dialog?.showModal();
  });
}

const toggle = dialog?.querySelector("[data-letter-keys]");
if (toggle) {
  toggle.checked = lettersOn();
  toggle.addEventListener("change", () => {
    localStorage.setItem("letter-keys", toggle.checked ? "on" : "off");
  });
}
