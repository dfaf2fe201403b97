// Providers: a check takes its time and says so; what it found gets the focus.
import "./settings.js";

const busy = (form, on) => {
  const button = form.querySelector("[data-busy-text]");
  const word = button.querySelector("[data-busy-word]");
  button.dataset.word ??= word.textContent;
  word.textContent = on ? button.dataset.busyText : button.dataset.word;
  button.setAttribute("aria-disabled", String(on));
};

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-busy]")) return;
  if (event.target.querySelector("[aria-disabled=true]")) event.preventDefault();
  else busy(event.target, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-busy]");
  if (form) busy(form, false);
});
document.addEventListener("htmx:afterSettle", () => document.querySelector("#provider [data-look-here]")?.focus());
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-busy]")) busy(form, false);
});
