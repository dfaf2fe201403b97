// Keeps relative times, running durations and countdowns true, once a second.
import { ago, duration, say } from "./texts.js";

const local = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "long",
  timeStyle: "long",
});

function tick() {
  for (const one of document.querySelectorAll("time[data-time]")) {
    if (!one.dataset.local) {
      one.dataset.local = "1";
      one.title = local.format(new Date(one.dateTime));
    }
    const text = one.dataset.time === "ago" ? ago(new Date(one.dateTime)) : null;
    if (text && one.textContent !== text) one.textContent = text;
  }
  const now = performance.now();
  for (const one of document.querySelectorAll("[data-ticks]")) {
    one.startedAt ??= now - 1000 * Number(one.dataset.ticks);
    const text = duration((now - one.startedAt) / 1000);
    if (one.textContent !== text) one.textContent = text;
  }
  for (const one of document.querySelectorAll("[data-until]")) {
    const left = (new Date(one.dataset.until) - Date.now()) / 1000;
    const words = one.dataset.words ? say(one.dataset.words, { time: duration(left) }) : duration(left);
    one.textContent = left > 0 ? words : say(one.dataset.after ?? "now");
    one.dispatchEvent(new CustomEvent("countdown", { bubbles: true, detail: left }));
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
