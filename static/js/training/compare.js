// Curves of several runs over one another: one figure of all of them, each in its own colour.
import { call } from "../jobs/api.js";
import { toast } from "../jobs/toast.js";
import { Plot } from "./plot.js";
import { smoothed } from "./rows.js";
import { figure, say } from "./texts.js";

const card = document.querySelector("[data-compare-curves]");
const one = (name) => card.querySelector(`[data-${name}]`);
const names = JSON.parse(document.getElementById("run-names").textContent);
const plot = new Plot(one("box"));
plot.stepWord = (step) => say("step", { step });
const hidden = new Set();
let runs = [];
let weight = 0;

function state(word, text = "") {
  for (const part of card.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== word;
  one("trouble").textContent = text;
}

async function start() {
  try {
    runs = (await call("GET", card.dataset.compareCurves)).runs;
  } catch (error) {
    return state("trouble", error.message);
  }
  const found = new Set(runs.flatMap((run) => run.curve.results.flatMap((row) => Object.keys(row))));
  for (const word of ["step", "epoch", "time"]) found.delete(word);
  if (!found.size) return state("empty");
  const first = ["training_loss", "validation_loss"].filter((name) => found.delete(name));
  for (const name of [...first, ...[...found].sort()]) one("which").append(new Option(say(name) === name ? name.replaceAll("_", " ") : say(name), name));
  state("shown");
  draw();
}

function draw() {
  const name = one("which").value;
  const steps = [...new Set(runs.flatMap((run) => run.curve.results.map((row) => row.step)))].sort((a, b) => a - b);
  const data = [steps];
  const lines = [];
  runs.forEach((run, tone) => {
    const at = new Map(run.curve.results.map((row) => [row.step, row[name] ?? null]));
    data.push(smoothed(steps.map((step) => at.get(step) ?? null), weight));
    lines.push({ label: names[run.id], color: legend(run, tone, at).querySelector("i"), hidden: hidden.has(run.id), sparse: true });
  });
  plot.draw(lines, data);
  one("box").setAttribute("aria-label", lines.map((line, number) => say("compareSentence", { label: line.label, last: figure(data[number + 1].findLast((value) => value !== null)) })).join(" "));
}

function legend(run, tone, at) {
  let button = one("legend").querySelector(`[data-run="${run.id}"]`);
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.dataset.run = run.id;
    button.className = `curve-line tone-run-${tone}`;
    const name = Object.assign(document.createElement("span"), { textContent: names[run.id], className: "cut line-name" });
    button.append(document.createElement("i"), name, document.createElement("b"));
    one("legend").append(button);
  }
  button.setAttribute("aria-pressed", String(!hidden.has(run.id)));
  button.querySelector("b").textContent = figure([...at.values()].findLast((value) => value !== null));
  return button;
}

one("which").addEventListener("change", draw);
one("smooth").addEventListener("input", (event) => { weight = Number(event.target.value) / 100; draw(); });
one("in").addEventListener("click", () => plot.zoom(0.6));
one("out").addEventListener("click", () => plot.zoom(1 / 0.6));
one("reset").addEventListener("click", () => plot.reset());
one("legend").addEventListener("click", (event) => {
  const id = Number(event.target.closest("[data-run]")?.dataset.run);
  if (!id) return;
  if (!hidden.delete(id)) hidden.add(id);
  draw();
});
for (const button of card.querySelectorAll("[data-scale]"))
  button.addEventListener("click", () => {
    plot.log = button.dataset.scale === "log";
    for (const other of card.querySelectorAll("[data-scale]")) other.setAttribute("aria-pressed", String(other === button));
    draw();
  });
one("png").addEventListener("click", async () => {
  const link = document.createElement("a");
  link.download = "trainings.png";
  link.href = URL.createObjectURL(await plot.picture(one("which").selectedOptions[0].textContent));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  toast(say("saved"));
});
start();
