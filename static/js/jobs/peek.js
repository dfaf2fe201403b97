// The panel beside the list: one job at a glance, while the list stays where it is.
import { fragment } from "./api.js";

const panel = document.getElementById("peek-panel");
const body = panel.querySelector("[data-peek-body]");
let shown = null;

export const isPeeking = () => !panel.hidden;

export async function peek(row) {
  if (!row) return;
  const job = row.dataset.job;
  shown = job;
  panel.querySelector("h2").textContent = row.querySelector("[data-open]").textContent;
  panel.hidden = false;
  mark();
  body.replaceChildren(...Array.from({ length: 5 }, () => Object.assign(document.createElement("span"), { className: "skeleton" })));
  try {
    const found = await fragment(`/jobs/${job}/peek/`);
    if (shown === job) body.replaceChildren(...found.body.children);
  } catch (error) {
    if (shown === job) body.replaceChildren(error.message);
  }
  body.scrollTop = 0;
}

export function stopPeeking() {
  panel.hidden = true;
  const row = document.getElementById(`job-${shown}`);
  shown = null;
  mark();
  row?.querySelector("[data-open]").focus({ preventScroll: true });
}

// Rows are put anew while they change: the mark has to follow.
export function mark() {
  for (const row of document.querySelectorAll("tr[data-job]")) row.classList.toggle("is-peeked", row.dataset.job === shown);
}

panel.querySelector("[data-peek-close]").addEventListener("click", stopPeeking);
