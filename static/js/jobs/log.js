// The live log: follows its end until somebody scrolls up; level, words and stage narrow it.
import { call } from "./api.js";
import { say } from "./texts.js";

const MOST = 5_000;
const view = document.querySelector("[data-log]");
const card = document.getElementById("log-card");
const one = (name) => card.querySelector(`[data-log-${name}]`);
const stage = new URLSearchParams(location.search).get("stage");
let following = true;
let after = Number(view?.dataset.after ?? 0);

export function addLine(line) {
  if (!view || line.id <= after) return;
  after = line.id;
  view.append(drawn(line));
  one("none").hidden = true;
  while (view.children.length > MOST) view.firstElementChild.remove();
  settle();
}

export async function catchUp() {
  if (!view) return;
  let more = true;
  for (let page = 0; more && page < 20; page += 1) {
    const found = await call("GET", `${view.dataset.logs}?after=${after}&limit=1000`);
    for (const line of found.results) addLine(line);
    more = found.has_more;
  }
}

function drawn(line) {
  const row = document.createElement("div");
  row.className = `log-line is-${line.level}`;
  row.dataset.level = line.level;
  row.dataset.stage = line.stage;
  const time = document.createElement("time");
  time.dateTime = line.time;
  time.textContent = new Date(line.time).toLocaleTimeString("en-GB");
  const level = document.createElement("span");
  level.className = "log-level";
  level.textContent = line.level.toUpperCase();
  const text = document.createElement("span");
  text.className = "log-text";
  text.textContent = line.message;
  row.append(time, level, text);
  narrow(row);
  return row;
}

const words = () => one("search").value.trim().toLowerCase();

function narrow(row) {
  const level = one("level").value;
  const text = words();
  const fits =
    (!level || row.dataset.level === level) &&
    (!stage || row.dataset.stage === stage) &&
    (!text || row.lastElementChild.textContent.toLowerCase().includes(text));
  row.hidden = !fits;
  row.classList.toggle("is-found", Boolean(text) && fits);
  return fits;
}

function narrowAll() {
  let number = 0;
  for (const row of view.children) number += narrow(row);
  one("found").textContent = words() || one("level").value || stage ? say("found", { number }) : "";
  settle();
}

function settle() {
  if (following) view.scrollTop = view.scrollHeight;
  else one("jump").hidden = false;
}

function follow(on) {
  following = on;
  one("follow").setAttribute("aria-pressed", String(on));
  if (on) {
    one("jump").hidden = true;
    view.scrollTop = view.scrollHeight;
  }
}

if (view) {
  one("level").addEventListener("change", narrowAll);
  one("search").addEventListener("input", narrowAll);
  one("follow").addEventListener("click", () => follow(!following));
  one("jump").addEventListener("click", () => follow(true));
  one("wrap").addEventListener("click", (event) => {
    const wraps = view.classList.toggle("no-wrap");
    event.currentTarget.setAttribute("aria-pressed", String(!wraps));
  });
  view.addEventListener("scroll", () => {
    const atEnd = view.scrollHeight - view.scrollTop - view.clientHeight < 24;
    if (atEnd !== following) follow(atEnd);
  });
  if (stage) narrowAll();
  settle();
}
