// Usage and cost: what a choice changes outside of the part that it replaces.
import "./jobs/clock.js";
import "./jobs/copy.js";

document.addEventListener("htmx:afterSettle", () => {
  const part = document.getElementById("usage");
  if (!part) return;
  document.querySelector("[data-said-range]").textContent = part.dataset.range;
  for (const link of document.querySelectorAll("a[data-export]"))
    link.href = `${link.href.split("?")[0]}${part.dataset.export}&format=${link.dataset.export}`;
});
document.addEventListener("htmx:responseError", () => document.getElementById("usage")?.classList.add("is-dimmed"));
document.addEventListener("htmx:sendError", () => document.getElementById("usage")?.classList.add("is-dimmed"));
