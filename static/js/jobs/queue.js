// The queue: live, promotion, priority, removal; for a superuser its limit and its pause.
import "./clock.js";
import "./copy.js";
import { call, fragment } from "./api.js";
import { Live } from "./live.js";
import { replaceParts } from "./parts.js";
import { say } from "./texts.js";
import { toast } from "./toast.js";
import { bindVerbs } from "./verbs.js";

const refresh = async () => {
  if (!document.querySelector("dialog[open]")) replaceParts(await fragment(location.href));
};
const live = new Live({ address: () => "/ai/jobs/stream/", kinds: ["status"], refresh });
setInterval(() => document.hidden || live.soon(), 15_000); // estimates move without any event
bindVerbs({ changed: () => live.now() });

document.addEventListener("change", async (event) => {
  if (!event.target.matches("[data-priority]")) return;
  const job = event.target.closest("[data-job]").dataset.job;
  event.target.blur();
  await save(`/ai/jobs/${job}/`, { priority: event.target.value });
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-queue]");
  if (!form) return;
  event.preventDefault();
  document.activeElement.blur();
  const limit = form.elements.limit.value;
  await save(`/ai/queues/${form.dataset.queue}/`, { concurrency_limit: limit === "" ? null : Number(limit) });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-pause-queue]");
  if (!button) return;
  await save(`/ai/queues/${button.closest("[data-queue]").dataset.queue}/`, { is_paused: button.dataset.pauseQueue === "1" });
});

async function save(address, body) {
  try {
    await call("PATCH", address, body);
    toast(say("saved"));
  } catch (error) {
    toast(error.message);
  }
  live.now();
}
