// The list of jobs: live rows, selection, filters, and its keys.
import "./clock.js";
import "./copy.js";
import { fragment } from "./api.js";
import { Live } from "./live.js";
import { replaceParts, swap } from "./parts.js";
import { isPeeking, mark, peek, stopPeeking } from "./peek.js";
import { bindSkeleton } from "./skeleton.js";
import { bindSelection, hasSelection, selectNone, showSelection } from "./select.js";
import { say } from "./texts.js";
import { bindVerbs, offerUndo } from "./verbs.js";

const busy = () => document.querySelector("dialog[open], #rows details[open], .panel-menu[open]");

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
  mark();
}

function rows(fresh) {
  const old = document.getElementById("jobs-results");
  const next = fresh.getElementById("jobs-results");
  if (!next) return;
  const order = (root) => [root.querySelector("table")?.dataset.columns, ...[...root.querySelectorAll("tr[data-job]")].map((row) => row.id)].join();
  if (order(old) !== order(next)) return swap(old, next);
  old.dataset.count = next.dataset.count;
  for (const row of next.querySelectorAll("tr[data-job]")) {
    const mine = document.getElementById(row.id);
    if (mine && mine.innerHTML !== row.innerHTML) swap(mine, row);
  }
}

bindVerbs({ changed: () => live.now() });
bindSkeleton();
bindSelection({ changed: () => live.now(), undo: offerUndo });
showSelection();
exports();

const deleted = sessionStorage.getItem("deleted-job");
if (deleted) {
  sessionStorage.removeItem("deleted-job");
  const { job, name } = JSON.parse(deleted);
  offerUndo([job], say("deleted", { name }), () => live.now());
}

document.addEventListener("htmx:afterSettle", () => {
  live.at = Date.now();
  trouble(false);
  exports();
});
document.addEventListener("htmx:responseError", () => trouble(true));
document.addEventListener("htmx:sendError", () => trouble(true));

// What could be shown before stays, dimmed, below a word about it and a button to try again.
function trouble(on) {
  document.getElementById("jobs-results")?.classList.toggle("is-dimmed", on);
  const box = document.getElementById("list-trouble");
  box.hidden = !on;
  box.querySelector("span").textContent = on ? say("againSoon", { time: new Date(live.at).toLocaleTimeString() }) : "";
}
document.querySelector("#list-trouble button").addEventListener("click", () => location.reload());

// In a table that scrolls sideways a menu would be cut off: there it hangs on the screen.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.open || !menu.matches?.(".table-box.is-wide .row-menu")) return;
  const list = menu.querySelector(".menu-list");
  const at = menu.getBoundingClientRect();
  list.style.position = "fixed";
  list.style.right = `${Math.max(8, innerWidth - at.right)}px`;
  list.style.top = `${Math.min(at.bottom + 6, innerHeight - list.offsetHeight - 8)}px`;
}, true);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-page-size]")) location.assign(event.target.value);
});

function exports() {
  for (const link of document.querySelectorAll("[data-export]")) {
    const wanted = new URLSearchParams(location.search);
    for (const name of ["page", "page_size", "skip", "take", "columns", "view"]) wanted.delete(name);
    wanted.set("format", link.dataset.export);
    link.href = `${link.href.split("?")[0]}?${wanted}`;
  }
}

// Keys: / search, f filter, j k rows, x select, p peek, Enter open, e export, r refresh, Esc clears.
const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select");
const lines = () => [...document.querySelectorAll("tr[data-job]")];
let going = -Infinity; // "g" and a letter go to a page

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && !document.querySelector("details[open]:not([data-keeps])")) {
    if (isPeeking()) return stopPeeking();
    if (hasSelection()) return selectNone();
  }
  if (typing(event.target) || localStorage.getItem("letter-keys") === "off") return;
  const went = event.timeStamp - going < 1500;
  going = event.key === "g" ? event.timeStamp : -Infinity;
  if (!went) ACTS[event.key]?.(event, document.activeElement?.closest?.("tr[data-job]"));
}, true);

const ACTS = {
  "/": focusSearch,
  f: openFilters,
  j: (_event, row) => walk(row, 1),
  k: (_event, row) => walk(row, -1),
  x: (_event, row) => row?.querySelector("[data-select]").click(),
  p: (_event, row) => (isPeeking() && !row ? stopPeeking() : peek(row ?? lines()[0])),
  e: () => document.querySelector("[data-export=csv]").click(),
  r: () => live.now(),
};

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
  if (next && isPeeking()) peek(next);
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
