// The page of one job: live parts and log, its buttons, fresh links to files.
import "./clock.js";
import "./copy.js";
import { call, fragment } from "./api.js";
import { Live } from "./live.js";
import { addLine, catchUp } from "./log.js";
import { replaceParts } from "./parts.js";
import { say } from "./texts.js";
import { toast } from "./toast.js";
import { bindVerbs } from "./verbs.js";

const head = () => document.querySelector("[data-job-page]");
let live = null;

async function refresh() {
  if (document.querySelector("dialog[open]")) return;
  const fresh = await fragment(location.href);
  replaceParts(fresh);
  await catchUp();
  document.dispatchEvent(new CustomEvent("job:refreshed", { detail: { final: Boolean(head().dataset.final) } }));
  if (head().dataset.final) live?.stop();
}

function start() {
  if (head().dataset.final) return;
  live = new Live({
    address: () => head().dataset.stream,
    kinds: ["status", "progress", "stage", "log", "event", "metric", "artifact", "end"],
    refresh,
    refreshOn: (kind) => kind !== "log",
    onEvent: (kind, data) => kind === "log" && addLine(data),
  });
  catchUp().catch(() => {});
}

start();
bindVerbs({
  changed: () => {
    if (live?.over || !live) location.reload();
    else live.now();
  },
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-refresh]")) {
    try {
      await refresh();
      toast(say("updated", { time: say("now") }));
    } catch (error) {
      toast(error.message);
    }
  }
  const button = event.target.closest("[data-fresh-link]");
  if (button) freshen(button);
});

async function freshen(button) {
  try {
    const found = await call("POST", button.dataset.freshLink);
    const row = button.closest("[data-file]");
    row.querySelector("[data-file-link]").href = found.url;
    row.querySelector("[data-file-link]").removeAttribute("aria-disabled");
    row.querySelector("[data-file-link]").removeAttribute("tabindex");
    row.querySelector("[data-until]").dataset.until = found.expires_at;
  } catch (error) {
    toast(error.message);
  }
}

document.addEventListener("countdown", (event) => {
  const row = event.target.closest("[data-file]");
  if (!row) return;
  event.target.classList.toggle("is-short", event.detail < 300);
  event.target.dataset.words = event.detail < 300 ? "short" : "expires";
  const link = row.querySelector("[data-file-link]");
  if (event.detail <= 0) link.setAttribute("aria-disabled", "true");
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-file-link][aria-disabled]")) event.preventDefault();
});
