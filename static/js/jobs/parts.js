// Puts what has changed into the page, part by part: no lost focus, scroll or open menu.
const touched = (part) =>
  part.querySelector("details[open]:not([data-keeps])") ||
  (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

export function replaceParts(fresh, root = document) {
  for (const part of root.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!other || other.isEqualNode(part) || touched(part)) continue;
    swap(part, other);
  }
}

export function swap(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const path = focused && marks(focused);
  const left = old.scrollLeft;
  old.replaceWith(fresh);
  if (path) fresh.querySelector(path)?.focus({ preventScroll: true });
  fresh.scrollLeft = left;
  globalThis.htmx?.process(fresh);
}

function marks(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.dataset.verb) return `[data-verb="${element.dataset.verb}"]`;
  if (element.hasAttribute("href")) return `[href="${CSS.escape(element.getAttribute("href"))}"]`;
  return element.tagName.toLowerCase();
}
