// The list of jobs: live rows, selection, filters, and its keys.
import "./clock.js";
import "./copy.js";
import { fragment } from "./api.js";
import { Live } from "./live.js";
import { replaceParts, swap } from "./parts.js";
import { bindSelection, hasSelection, selectNone, showSelection } from "./select.js";
import { bindVerbs, offerUndo } from "./verbs.js";

const busy = () => document.querySelector("dialog[open], #rows details[open]");

// A change of state may move any job into this list or out of it; progress matters only in a row.
const live = new Live({
  address: () => "/ai/jobs/stream/",
  kinds: ["status", "progress", "removed"],
  refresh,
  refreshOn: (kind, data) => kind !== "progress" || document.getElementById(`job-${data.id}`),
});

async function refresh() {
  if (busy()) return;
  const here = location.href;
  const fresh = await fragment(here);
  if (here !== location.href || busy()) return;
  replaceParts(fresh);
  rows(fresh);
  showSelection();
}

function rows(fresh) {
  const old = document.getElementById("jobs-results");
  const next = fresh.getElementById("jobs-results");
  if (!next) return;
  const order = (root) => [...root.querySelectorAll("tr[data-job]")].map((row) => row.id).join();
  if (order(old) !== order(next)) return swap(old, next);
  old.dataset.count = next.dataset.count;
  for (const row of next.querySelectorAll("tr[data-job]")) {
    const mine = document.getElementById(row.id);
    if (mine && mine.innerHTML !== row.innerHTML) swap(mine, row);
  }
}

bindVerbs({ changed: () => live.now() });
bindSelection({ changed: () => live.now() });
showSelection();
exports();

const deleted = sessionStorage.getItem("deleted-job");
if (deleted) {
  sessionStorage.removeItem("deleted-job");
  const { job, name } = JSON.parse(deleted);
  offerUndo(job, name, () => live.now());
}

document.addEventListener("htmx:afterSettle", () => {
  live.at = Date.now();
  exports();
});
document.addEventListener("htmx:responseError", () => document.getElementById("jobs-results")?.classList.add("is-dimmed"));
document.addEventListener("htmx:sendError", () => document.getElementById("jobs-results")?.classList.add("is-dimmed"));
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-page-size]")) location.assign(event.target.value);
});

function exports() {
  for (const link of document.querySelectorAll("[data-export]")) {
    const wanted = new URLSearchParams(location.search);
    for (const name of ["page", "page_size", "skip", "take"]) wanted.delete(name);
    wanted.set("format", link.dataset.export);
    link.href = `${link.href.split("?")[0]}?${wanted}`;
  }
}

// Keys: / search, f filter, j k rows, x select, Enter open, Esc clears.
const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select");
const lines = () => [...document.querySelectorAll("tr[data-job]")];
let going = -Infinity; // "g" and a letter go to a page

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && hasSelection() && !document.querySelector("details[open]")) return selectNone();
  if (typing(event.target) || localStorage.getItem("letter-keys") === "off") return;
  const row = document.activeElement?.closest?.("tr[data-job]");
  if (event.key === "g") going = event.timeStamp;
  if (event.timeStamp - going < 1500) return;
  if (event.key === "/") focusSearch(event);
  else if (event.key === "f") openFilters(event);
  else if (event.key === "j" || event.key === "k") walk(row, event.key === "j" ? 1 : -1);
  else if (event.key === "x" && row) row.querySelector("[data-select]").click();
  else if (event.key === "e") document.querySelector("[data-export=csv]").click();
  else if (event.key === "r") live.now();
  else if (event.key === "c") document.querySelector("[data-key=c]")?.click();
}, true);

function focusSearch(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const field = document.getElementById("job-search");
  field.focus();
  field.select();
}

function openFilters(event) {
  event.preventDefault();
  const panel = document.getElementById("filter-panel");
  panel.open = true;
  panel.querySelector("select, input").focus();
}

function walk(row, step) {
  const all = lines();
  const next = row ? all[all.indexOf(row) + step] : all[0];
  next?.querySelector("[data-open]").focus();
}

document.addEventListener("keydown", (event) => {
  const panel = event.target.closest?.("[data-panel][open]");
  if (panel && event.key === "Escape") {
    panel.open = false;
    panel.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const panel of document.querySelectorAll("[data-panel][open]"))
    if (!panel.contains(event.target)) panel.open = false;
});
