// The selection in the list: it survives pages and refreshes, and acts through the bulk API, which
// says beforehand what would happen to each job and afterwards what did.
import { call } from "./api.js";
import { say } from "./texts.js";

const bar = document.getElementById("bulk-bar");
const KEPT = `chosen-jobs:${bar.dataset.scope}`; // in this window: a reload or a look at a job loses nothing
const chosen = new Map(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
let everything = null;
let last = null;
const dialog = document.getElementById("bulk-dialog");
const titles = dialog.querySelector("[data-bulk-titles]").dataset;
const boxes = () => [...document.querySelectorAll("[data-select]")];

export function showSelection() {
  sessionStorage.setItem(KEPT, JSON.stringify([...chosen]));
  for (const box of boxes()) {
    box.checked = everything !== null || chosen.has(box.value);
    box.closest("tr").classList.toggle("is-selected", box.checked);
  }
  const all = document.querySelector("[data-select-all]");
  const checked = boxes().filter((box) => box.checked).length;
  if (all) {
    all.checked = checked > 0 && checked === boxes().length;
    all.indeterminate = checked > 0 && !all.checked;
  }
  const matching = Number(document.getElementById("jobs-results").dataset.count);
  const number = everything === null ? chosen.size : matching;
  bar.hidden = number === 0;
  bar.querySelector("[data-bulk-count]").textContent = say("selectedOne", { number });
  const more = bar.querySelector("[data-bulk-all]");
  more.hidden = everything !== null || !all?.checked || matching <= chosen.size;
  more.textContent = titles.all.replace("%(number)s", matching.toLocaleString(document.documentElement.lang));
  bar.querySelector("[data-bulk-export]").href = exported();
  bar.querySelector("[data-bulk-compare]").disabled = everything !== null || chosen.size < 2 || chosen.size > 10;
}

function exported() {
  const wanted = new URLSearchParams(everything ?? { ids: [...chosen.keys()].join(",") });
  wanted.set("format", "csv");
  return `/ai/jobs/export/?${wanted}`;
}

function choose(box, on) {
  everything = null;
  if (on) chosen.set(box.value, box.closest("tr").querySelector("[data-open]").textContent);
  else chosen.delete(box.value);
}

export function selectNone() {
  chosen.clear();
  everything = null;
  showSelection();
}

export const hasSelection = () => chosen.size > 0 || everything !== null;

export function bindSelection({ changed, undo }) {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-select]");
    if (box) {
      const all = boxes();
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
        for (const one of all.slice(from, to + 1)) choose(one, box.checked);
      } else choose(box, box.checked);
      last = box;
      showSelection();
    } else if (event.target.matches("[data-select-all]")) {
      for (const one of boxes()) choose(one, event.target.checked);
      showSelection();
    }
  });
  bar.querySelector("[data-bulk-off]").addEventListener("click", selectNone);
  bar.querySelector("[data-bulk-all]").addEventListener("click", () => {
    everything = filterOfPage();
    showSelection();
  });
  bar.querySelector("[data-bulk-compare]").addEventListener("click", () => {
    location.assign(`/jobs/compare/?ids=${[...chosen.keys()].join(",")}`);
  });
  for (const button of bar.querySelectorAll("[data-bulk]"))
    button.addEventListener("click", () => preview(button.dataset.bulk));
  dialog.querySelector("[data-bulk-go]").addEventListener("click", () => go(changed, undo));
  document.addEventListener("htmx:afterSwap", () => {
    if (everything !== null) everything = null;
    showSelection();
  });
}

function filterOfPage() {
  const found = Object.fromEntries(new URLSearchParams(location.search));
  for (const name of ["page", "page_size", "ordering", "skip", "take", "sortBy", "sortOrder", "columns", "view"]) delete found[name];
  return found;
}

const wish = (action) => ({
  action,
  ...(everything === null ? { ids: [...chosen.keys()] } : { filter: everything }),
  ...(action === "tag" ? { tags: tags() } : {}),
  ...(action === "cancel" ? { reason: dialog.querySelector("#bulk-reason").value } : {}),
});

const tags = () => {
  const typed = dialog.querySelector("#bulk-tags").value.split(",").map((one) => one.trim()).filter(Boolean);
  return typed.length ? typed : ["tag"];
};

async function preview(action) {
  dialog.dataset.action = action;
  dialog.querySelector("#bulk-title").textContent = titles[action];
  for (const part of dialog.querySelectorAll("[data-bulk-for]")) part.hidden = part.dataset.bulkFor !== action;
  const go = dialog.querySelector("[data-bulk-go]");
  go.hidden = false;
  go.disabled = true;
  says("…");
  verdicts([]);
  dialog.showModal();
  try {
    const found = await call("POST", "/ai/jobs/bulk_action/", { ...wish(action), dry_run: true });
    says(say("would", { number: found.done, all: found.done + found.refused }) + more(found));
    verdicts(found.results.filter((one) => !one.done));
    go.disabled = found.done === 0;
  } catch (error) {
    says(error.message);
  }
}

async function go(changed, undo) {
  const button = dialog.querySelector("[data-bulk-go]");
  const action = dialog.dataset.action;
  if (action === "tag" && !dialog.querySelector("#bulk-tags").value.trim()) return dialog.querySelector("#bulk-tags").focus();
  if (action === "cancel" && !dialog.querySelector("#bulk-reason").value) return dialog.querySelector("#bulk-reason").focus();
  button.disabled = true;
  try {
    const found = await call("POST", "/ai/jobs/bulk_action/", wish(action));
    says(say("done", { number: found.done, all: found.done + found.refused }) + more(found));
    verdicts(found.results.filter((one) => !one.done));
    button.hidden = true;
    if (action === "delete" && found.done) {
      const gone = found.results.filter((one) => one.done).map((one) => one.id);
      if (found.refused === 0) dialog.close();
      undo(gone, say("manyDeleted", { number: found.done }), changed);
    }
    selectNone();
  } catch (error) {
    says(error.message);
    button.disabled = false;
  }
  changed();
}

const more = (found) => (found.has_more ? ` (${say("firstThousand")})` : "");
const says = (text) => {
  dialog.querySelector("[data-bulk-says]").textContent = text;
};

function verdicts(found) {
  const list = dialog.querySelector("[data-verdicts]");
  list.hidden = found.length === 0;
  list.replaceChildren(
    ...found.slice(0, 200).map((one) => {
      const line = document.createElement("li");
      const name = document.createElement("strong");
      name.textContent = chosen.get(String(one.id)) ?? one.job_id;
      line.append(name, ` ${one.detail}`);
      return line;
    }),
  );
}
