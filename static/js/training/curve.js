// The card of the loss curve on the page of a run: what it shows, and what people can do with it.
import { toast } from "../jobs/toast.js";
import { Plot } from "./plot.js";
import { Rows, smoothed } from "./rows.js";
import { figure, say, whole } from "./texts.js";

const RECENT = 500;
const TABLE_ROWS = 200;
const MOST_EPOCHS = 12;

export class CurveCard {
  constructor(card) {
    this.card = card;
    this.rows = new Rows(card.dataset.curve);
    this.plot = new Plot(this.one("box"), { onRange: (range) => this.ranged(range) });
    this.plot.stepWord = (step) => say("step", { step });
    this.weight = 0;
    this.hidden = new Set();
    this.bind();
  }

  one(name) {
    return this.card.querySelector(`[data-curve-${name}]`);
  }

  // What the server says of the run besides its points; it is replaced with the page's other parts.
  get facts() {
    return JSON.parse(document.getElementById("curve-facts").textContent);
  }

  get names() {
    return this.facts.lines.map((line) => line.name);
  }

  async start() {
    this.state("loading");
    await this.fetch(() => this.rows.load(this.names));
  }

  async more() {
    const { attempt } = this.facts;
    const names = this.names.join();
    const again = attempt !== this.attempt || names !== this.drawn;
    await this.fetch(() => (again ? this.rows.load(this.names) : this.rows.more(this.names)));
  }

  async fetch(how) {
    if (this.busy) return;
    this.busy = true;
    try {
      const { attempt } = this.facts;
      await how();
      this.attempt = attempt;
      this.draw();
    } catch (error) {
      if (!this.rows.list.length) this.state("trouble", error.message);
    } finally {
      this.busy = false;
    }
  }

  state(word, text = "") {
    for (const part of this.card.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(word);
    if (text) this.one("trouble").textContent = text;
  }

  // ------------------------------------------------------------------ drawing
  draw() {
    const { lines } = this.facts;
    const rows = this.rows.list;
    if (!rows.length || !lines.length) return this.state("empty");
    this.state("shown");
    const columns = lines.map((line) => rows.map((row) => row[line.name] ?? null));
    const data = [rows.map((row) => row.step)];
    const drawn = [];
    lines.forEach((line, number) => {
      const legend = this.legend(line, columns[number], rows);
      const dense = !line.sparse;
      const shared = { label: line.label, color: legend.querySelector("i"), hidden: this.hidden.has(line.name), scale: line.own ? "own" : "y" };
      const told = drawn.length; // the tooltip tells the figure as it came
      if (dense && this.weight && !line.own) {
        drawn.push({ ...shared, raw: true });
        data.push(columns[number]);
      }
      drawn.push({ ...shared, told, axis: line.own ? "" : number ? "right" : "left", sparse: line.sparse, filled: number === 0, dotted: line.sparse, dash: line.sparse || line.own ? [6, 4] : undefined });
      data.push(dense && !line.own ? smoothed(columns[number], this.weight) : columns[number]);
    });
    this.plot.marks = this.marks(rows);
    const look = `${this.names}|${this.weight > 0}|${this.plot.log}|${[...this.hidden]}`;
    if (look === this.look) this.plot.show(data);
    else this.plot.draw(drawn, data);
    this.look = look;
    this.drawn = this.names.join();
    this.tell(lines, columns, rows);
  }

  // One button for each line: its colour, its newest figure, and whether it is drawn.
  legend(line, column, rows) {
    const list = this.one("legend");
    let button = list.querySelector(`[data-line="${CSS.escape(line.name)}"]`);
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.className = `curve-line is-${line.tone}`;
      button.dataset.line = line.name;
      button.append(document.createElement("i"), document.createElement("span"), document.createElement("b"));
      button.querySelector("span").textContent = line.label;
      if (line.own && !this.met) this.hidden.add(line.name);
      list.append(button);
    }
    button.setAttribute("aria-pressed", String(!this.hidden.has(line.name)));
    let at = rows.length - 1;
    while (at > 0 && column[at] === null) at -= 1;
    button.querySelector("b").textContent = figure(column[at]);
    return button;
  }

  marks(rows) {
    const found = [];
    let epoch = Math.floor(rows[0].epoch ?? 0);
    const last = Math.floor(rows.at(-1).epoch ?? 0);
    const every = Math.max(1, Math.ceil((last - epoch) / MOST_EPOCHS));
    for (const row of rows) {
      if (row.epoch === null || Math.floor(row.epoch) <= epoch) continue;
      epoch = Math.floor(row.epoch);
      if (epoch % every === 0) found.push({ step: row.step, label: say("epoch", { epoch }) });
    }
    const { best } = this.facts;
    if (best) found.push({ step: best.step, label: say("best"), before: true });
    return found;
  }

  tell(lines, columns, rows) {
    this.met = true;
    const { best } = this.facts;
    this.one("best").textContent = best ? say("bestOf", { value: figure(best.value), step: whole(best.step) }) : "";
    const seen = this.rows.byStep.size;
    this.one("note").textContent = this.rows.thinned
      ? say("thinned", { shown: whole(seen), total: whole(Math.max(this.rows.total, seen)) })
      : say("all", { total: whole(seen) });
    const sentences = lines.flatMap((line, number) => (line.own ? [] : sentence(line, columns[number], rows)));
    this.one("box").setAttribute("aria-label", [say("about", { name: this.card.dataset.name }), ...sentences].join(" "));
    if (!this.one("table").hidden) this.table();
  }

  table() {
    const { lines } = this.facts;
    const rows = this.rows.list;
    const every = Math.max(1, Math.ceil(rows.length / TABLE_ROWS));
    const shown = rows.filter((_row, number) => number % every === 0 || number === rows.length - 1).reverse();
    const cell = (text, kind = "td") => Object.assign(document.createElement(kind), { textContent: text, className: "amount" });
    const line = (cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    };
    const head = (text) => Object.assign(cell(text, "th"), { scope: "col" });
    this.one("thead").replaceChildren(line([head(say("stepHead")), head(say("epochHead")), ...lines.map((one) => head(one.label))]));
    this.one("tbody").replaceChildren(
      ...shown.map((row) => line([Object.assign(cell(whole(row.step), "th"), { scope: "row" }), cell(row.epoch === null ? "—" : figure(row.epoch)), ...lines.map((one) => cell(figure(row[one.name])))])),
    );
    this.one("table-note").textContent = every > 1 ? say("tableNote", { shown: whole(shown.length), total: whole(rows.length) }) : "";
  }

  // ------------------------------------------------------------------ what people do
  bind() {
    const on = (name, act, kind = "click") => this.one(name)?.addEventListener(kind, act);
    on("smooth", (event) => { this.weight = Number(event.target.value) / 100; this.draw(); }, "input");
    for (const button of this.card.querySelectorAll("[data-scale]")) button.addEventListener("click", () => this.scale(button));
    on("in", () => this.plot.zoom(0.6));
    on("out", () => this.plot.zoom(1 / 0.6));
    on("back", () => this.plot.pan(-0.4));
    on("forth", () => this.plot.pan(0.4));
    on("reset", () => this.plot.reset());
    on("recent", () => this.plot.reset(this.plot.recent ? null : RECENT));
    on("png", () => this.save());
    on("again", () => this.start());
    on("as-table", (event) => {
      const open = this.one("table").hidden;
      this.one("table").hidden = !open;
      event.currentTarget.setAttribute("aria-pressed", String(open));
      if (open) this.table();
    });
    on("legend", (event) => {
      const name = event.target.closest("[data-line]")?.dataset.line;
      if (!name) return;
      if (!this.hidden.delete(name)) this.hidden.add(name);
      this.draw();
    });
  }

  scale(button) {
    this.plot.log = button.dataset.scale === "log";
    for (const other of this.card.querySelectorAll("[data-scale]")) other.setAttribute("aria-pressed", String(other === button));
    this.draw();
  }

  ranged(range) {
    const follows = Boolean(this.plot.recent);
    this.one("recent").setAttribute("aria-pressed", String(follows));
    this.one("reset").disabled = !range;
    clearTimeout(this.waits);
    if (range)
      this.waits = setTimeout(async () => {
        if (await this.rows.closer(this.names, ...range).catch(() => false)) this.draw();
      }, 250);
  }

  async save() {
    const picture = await this.plot.picture(`${this.card.dataset.name} · ${this.facts.lines.map((line) => line.label).join(", ")}`);
    const link = document.createElement("a");
    link.download = `${this.card.dataset.file}.png`;
    link.href = URL.createObjectURL(picture);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    toast(say("saved"));
  }
}

function sentence(line, column, rows) {
  const known = rows.flatMap((row, number) => (column[number] === null ? [] : [[row.step, column[number]]]));
  if (!known.length) return [];
  const low = known.reduce((least, one) => (one[1] < least[1] ? one : least));
  const [first, last] = [known[0], known.at(-1)];
  return [say("sentence", {
    label: line.label, first: figure(first[1]), from: whole(first[0]), last: figure(last[1]), to: whole(last[0]), low: figure(low[1]), at: whole(low[0]),
  })];
}
