// The list of trainings: live rows, and a choice of those whose curves are to be compared.
import "../jobs/clock.js";
import "../jobs/copy.js";
import { fragment } from "../jobs/api.js";
import { Live } from "../jobs/live.js";
import { replaceParts } from "../jobs/parts.js";
import { bindVerbs } from "../jobs/verbs.js";
import { say } from "./texts.js";

const LEAST = 2;
const MOST = 10;
const chosen = new Set();

const live = new Live({
  address: () => "/ai/jobs/stream/",
  kinds: ["status", "progress", "removed"],
  refresh,
  refreshOn: (kind, data) => kind !== "progress" || document.getElementById(`job-${data.id}`),
});

async function refresh() {
  if (document.querySelector("dialog[open], #rows details[open]")) return;
  const here = location.href;
  const fresh = await fragment(here);
  if (here !== location.href) return;
  mark(fresh);
  document.activeElement?.matches?.("[data-choose]") && document.activeElement.blur();
  replaceParts(fresh);
  mark(document);
}

// A row that is drawn anew keeps its tick; the bar stands as long as something is chosen.
function mark(root) {
  for (const box of root.querySelectorAll("[data-choose]")) {
    box.checked = chosen.has(box.value);
    box.toggleAttribute("checked", box.checked);
    box.disabled = !box.checked && chosen.size >= MOST;
    box.closest("tr").classList.toggle("is-selected", box.checked);
  }
  const bar = root.querySelector("[data-compare-bar]");
  if (!bar) return;
  bar.hidden = chosen.size === 0;
  bar.querySelector("[data-compare-count]").textContent = say("chosen", { number: chosen.size });
  bar.querySelector("[data-compare-go]").disabled = chosen.size < LEAST;
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-choose]")) return;
  if (event.target.checked) chosen.add(event.target.value);
  else chosen.delete(event.target.value);
  mark(document);
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-compare-none]")) return;
  chosen.clear();
  mark(document);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-compare]")) return;
  event.preventDefault();
  location.assign(`${event.target.action}?ids=${[...chosen].join(",")}`);
});
document.addEventListener("htmx:afterSettle", () => mark(document));
bindVerbs({ changed: () => live.now() });
mark(document);
