// The bell: counts what is new, shows it, and says aloud what happens while one is looking.
import { toast } from "./jobs/toast.js";

const bell = document.querySelector("[data-bell]");
const EVERY = 30_000;
const REST = 3_000; // however much happens in the brand
const MOST_TOASTS = 3;

let asking = false;
let asked = 0;
let later = 0;
let source = null;

const told = () => JSON.parse(sessionStorage.getItem("news-told") ?? "null");
const tell = (keys) => sessionStorage.setItem("news-told", JSON.stringify(keys.slice(-200)));

async function ask() {
  clearTimeout(later);
  later = 0;
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(bell.dataset.bell, { headers: { "HX-Request": "true" } });
    if (answer.ok && !answer.redirected) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The next time it may work again; the page itself says when it is offline.
  } finally {
    asking = false;
    asked = Date.now();
  }
}

function show(fresh) {
  const news = fresh.getElementById("news");
  if (!news) return;
  count(Number(news.dataset.unseen));
  sayNew([...news.querySelectorAll("[data-news]")]);
  news.removeAttribute("id");
  const place = bell.querySelector("[data-bell-news]");
  if (!place.contains(document.activeElement)) place.replaceChildren(news);
}

function count(number) {
  const badge = bell.querySelector("[data-bell-count]");
  const said = bell.querySelector("[data-bell-said]");
  badge.hidden = number === 0;
  badge.textContent = number > 9 ? "9+" : number;
  badge.setAttribute("aria-hidden", "true");
  said.textContent = number ? said.dataset.words.replace("%(number)s", number) : "";
}

function sayNew(lines) {
  const before = told();
  const keys = lines.map((line) => line.dataset.news);
  tell([...new Set([...(before ?? []), ...keys])]);
  if (before === null) return; // the first look of this session is no surprise
  const fresh = lines.filter((line) => line.hasAttribute("data-new") && !before.includes(line.dataset.news));
  for (const line of fresh.slice(0, MOST_TOASTS)) {
    const link = line.querySelector("a");
    const here = link && location.pathname.startsWith(new URL(link.href).pathname);
    if (!here && document.getElementById("toasts"))
      toast(line.querySelector(".news-text").textContent, { action: bell.dataset.show, href: link?.href });
  }
}

function soon() {
  if (document.hidden || later) return;
  later = setTimeout(ask, Math.max(400, asked + REST - Date.now()));
}

// A page that follows a stream of its own passes on what it hears; others listen by themselves.
function listen() {
  if (document.querySelector("[data-live]") || !window.EventSource || source) return;
  source = new EventSource("/ai/jobs/stream/");
  source.addEventListener("status", soon);
}

function hush() {
  source?.close();
  source = null;
}

async function seen() {
  const form = bell.querySelector("[data-bell-seen]");
  try {
    await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    count(0);
  } catch {
    // It stays new.
  }
}

if (bell) {
  ask();
  listen();
  setInterval(() => document.hidden || ask(), EVERY);
  document.addEventListener("hub:status", soon);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hush();
    else {
      listen();
      soon();
    }
  });
  addEventListener("pagehide", hush);
  bell.addEventListener("toggle", () => {
    if (bell.open && !bell.querySelector("[data-bell-count]").hidden) seen();
  });
}
