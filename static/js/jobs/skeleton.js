// Rows that breathe where a list stays away for long; what was there returns if none comes.
const WAIT = 200;
const ROWS = 9;
let timer = 0;

export const isList = (target) => target?.id === "jobs" || target?.id === "jobs-results";

export function bindSkeleton() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isList(event.detail.target)) return;
    clearTimeout(timer);
    timer = setTimeout(show, WAIT);
  });
  document.addEventListener("htmx:afterRequest", hide);
}

function show() {
  const rows = document.getElementById("rows");
  if (!rows || rows.hidden) return;
  const places = rows.closest("table").tHead.rows[0].cells;
  const own = document.createElement("tbody");
  own.dataset.skeleton = "";
  own.setAttribute("aria-hidden", "true");
  own.append(...Array.from({ length: ROWS }, () => row(places)));
  rows.after(own);
  rows.hidden = true;
  document.getElementById("jobs-results").setAttribute("aria-busy", "true");
}

function row(places) {
  const made = document.createElement("tr");
  for (const place of places) {
    const cell = made.insertCell();
    cell.className = place.className;
    if (place.matches(".col-check, .col-menu")) continue;
    cell.append(Object.assign(document.createElement("span"), { className: "skeleton" }));
  }
  return made;
}

function hide() {
  clearTimeout(timer);
  const own = document.querySelector("[data-skeleton]");
  if (!own) return;
  own.previousElementSibling.hidden = false;
  own.remove();
  document.getElementById("jobs-results").removeAttribute("aria-busy");
}
