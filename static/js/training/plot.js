// A chart of lines over steps: one range for all losses, marks, tooltip, zoom, pan, and a picture.
// Colours come from the page's own styles, so both themes hold.
import { figure, short, whole } from "./texts.js";

const LEAST_STEPS = 10;
const dark = matchMedia("(prefers-color-scheme: dark)");

export class Plot {
  // lines: [{label, color: element whose colour it takes, dash, raw, axis, scale, hidden}]
  constructor(box, { onRange = () => {} } = {}) {
    Object.assign(this, { box, onRange, lines: [], data: [[]], marks: [], log: false, range: null, colours: new Map() });
    this.tip = box.querySelector("[data-tip]");
    new ResizeObserver(() => this.chart?.setSize(this.size())).observe(box);
    dark.addEventListener("change", () => this.recolour());
    new MutationObserver(() => this.recolour()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  // Once more when colours that fade have arrived.
  recolour() {
    for (const wait of [0, 300])
      setTimeout(() => {
        this.colours.clear();
        this.chart?.redraw(false, true);
      }, wait);
  }

  size() {
    const narrow = this.box.clientWidth < 520;
    return { width: this.box.clientWidth, height: narrow ? 240 : 320 };
  }

  // Draw anew: other lines or another scale. `show` is for other points on the same lines.
  draw(lines, data) {
    this.lines = lines;
    this.data = data;
    this.chart?.destroy();
    this.framed = null;
    this.colours.clear();
    this.chart = new uPlot(this.options(), this.safe(data), this.box);
    this.frame();
  }

  show(data) {
    this.data = data;
    this.chart.setData(this.safe(data), false);
    this.frame();
  }

  // What is not above zero has no place on a logarithmic scale.
  safe(data) {
    if (!this.log) return data;
    return data.map((column, number) => (number ? column.map((one) => (one > 0 ? one : null)) : column));
  }

  options() {
    const quiet = this.css("axis");
    const grid = { stroke: this.css("grid"), width: 1 };
    const font = () => `11px ${getComputedStyle(this.box).fontFamily}`;
    const axis = (more) => ({ stroke: quiet, grid, ticks: { show: false }, font: font(), ...more });
    const values = (_chart, splits) => splits.map((one) => (one === null ? "" : short(one)));
    const left = this.lines.find((line) => line.axis === "left");
    const right = this.lines.find((line) => line.axis === "right");
    const scales = {
      x: { time: false },
      y: { distr: this.log ? 3 : 1, range: this.log ? undefined : (_chart, low, high) => room(low, high) },
    };
    const axes = [
      axis({ values: (_chart, splits) => splits.map((one) => (Number.isInteger(one) ? short(one) : "")), space: 60 }),
      axis({ scale: "y", values, size: 46, ...(left && { stroke: () => this.colour(left) }) }),
    ];
    if (right) axes.push(axis({ scale: "y", side: 1, values, size: 46, grid: { show: false }, stroke: () => this.colour(right) }));
    if (this.lines.some((line) => line.scale === "own")) scales.own = {};
    return {
      ...this.size(),
      padding: [12, right ? 0 : 14, 0, 0],
      legend: { show: false },
      scales,
      axes,
      cursor: { drag: { x: true, y: false, setScale: true }, points: { size: 7 }, focus: { prox: -1 } },
      series: [{}, ...this.lines.map((line) => this.series(line))],
      hooks: {
        setCursor: [() => this.point()],
        setScale: [(_chart, name) => name === "x" && this.ranged()],
        draw: [(chart) => this.drawMarks(chart)],
      },
    };
  }

  series(line) {
    const stroke = () => this.colour(line);
    return {
      scale: line.scale ?? "y",
      show: !line.hidden,
      stroke: line.raw ? () => faint(this.colour(line)) : stroke,
      width: line.raw ? 1 : 2,
      dash: line.dash,
      fill: line.filled ? () => faint(this.colour(line), 0.08) : undefined,
      spanGaps: true,
      points: line.dotted ? { show: (chart) => chart.data[0].length < 1500, size: 6, width: 1.5, stroke, fill: this.css("surface") } : { show: false },
    };
  }

  css(name) {
    return () => this.colourOf(this.box.querySelector(`[data-colour=${name}]`));
  }

  colour(line) {
    return this.colourOf(line.color);
  }

  // Asked many times a frame, and each asking may have the browser work out all styles anew.
  colourOf(element) {
    if (!this.colours.has(element)) this.colours.set(element, getComputedStyle(element).color);
    return this.colours.get(element);
  }

  // ------------------------------------------------------------------ range
  get full() {
    const steps = this.data[0];
    return [steps[0] ?? 0, Math.max(steps.at(-1) ?? 1, (steps[0] ?? 0) + 1)];
  }

  // Without a range of its own it shows everything; `recent` follows the end.
  frame() {
    const [first, last] = this.full;
    const [min, max] = this.recent ? [Math.max(first, last - this.recent), last] : (this.range ?? [first, last]);
    this.framed = `${min}|${max}`; // told apart from what people choose by dragging
    this.chart.batch(() => this.chart.setScale("x", { min, max }));
  }

  ranged() {
    const { min, max } = this.chart.scales.x;
    if (!this.framed || this.framed === `${min}|${max}`) return;
    const [first, last] = this.full;
    this.recent = null;
    this.range = min <= first && max >= last ? null : [min, max];
    this.onRange(this.range);
  }

  look(min, max) {
    const [first, last] = this.full;
    const width = Math.min(Math.max(max - min, LEAST_STEPS), last - first || 1);
    const begin = Math.min(Math.max(min, first), last - width);
    this.recent = null;
    this.range = width >= last - first ? null : [begin, begin + width];
    this.frame();
    this.onRange(this.range);
  }

  zoom(factor, at = 0.5) {
    const { min, max } = this.chart.scales.x;
    const width = (max - min) * factor;
    const pivot = min + (max - min) * at;
    this.look(pivot - width * at, pivot + width * (1 - at));
  }

  pan(share) {
    const { min, max } = this.chart.scales.x;
    this.look(min + (max - min) * share, max + (max - min) * share);
  }

  reset(recent = null) {
    this.range = null;
    this.recent = recent;
    this.frame();
    this.onRange(recent ? [this.full[1] - recent, this.full[1]] : null);
  }

  key(event) {
    const act = {
      ArrowLeft: () => this.pan(-0.2), ArrowRight: () => this.pan(0.2), "+": () => this.zoom(0.6), "=": () => this.zoom(0.6),
      "-": () => this.zoom(1 / 0.6), Home: () => this.reset(), 0: () => this.reset(),
    }[event.key];
    if (!act || !this.chart || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  wheel(event) {
    if (!this.chart || (!event.ctrlKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY))) return;
    event.preventDefault();
    const over = this.chart.over.getBoundingClientRect();
    if (event.ctrlKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.clientX - over.left) / over.width);
    else this.pan(event.deltaX / over.width);
  }

  // ------------------------------------------------------------------ tooltip, marks, picture
  point() {
    const { idx, left } = this.chart.cursor;
    const hidden = idx === null || idx === undefined || left < 0;
    this.tip.hidden = hidden;
    if (hidden) return;
    const lines = this.lines.flatMap((line, number) => {
      const value = line.raw || line.hidden ? null : near(this.data[(line.told ?? number) + 1], this.data[0], idx, line.sparse);
      return value === null ? [] : [[line, value]];
    });
    this.tip.replaceChildren(tipHead(this.stepWord, this.data[0][idx]), ...lines.map(([line, value]) => tipLine(line.label, value, this.colour(line))));
    const over = this.chart.over;
    const x = over.offsetLeft + left;
    this.tip.style.left = `${x + this.tip.offsetWidth + 24 > this.box.clientWidth ? x - this.tip.offsetWidth - 12 : x + 12}px`;
    this.tip.style.top = `${over.offsetTop + 12}px`;
  }

  drawMarks(chart) {
    const { ctx, bbox } = chart;
    const { min, max } = chart.scales.x;
    ctx.save();
    ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(this.box).fontFamily}`;
    ctx.fillStyle = ctx.strokeStyle = this.css("axis")();
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    let free = -Infinity;
    for (const mark of this.marks) {
      if (mark.step < min || mark.step > max) continue;
      const x = chart.valToPos(mark.step, "x", true);
      ctx.globalAlpha = 0.7;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.globalAlpha = 1;
      const width = ctx.measureText(mark.label).width;
      const begin = mark.before || x + width + 8 > bbox.left + bbox.width ? x - width - 5 : x + 5;
      if (begin < free && !mark.before) continue;
      ctx.fillText(mark.label, begin, bbox.top + (mark.before ? 24 : 10) * devicePixelRatio);
      if (!mark.before) free = begin + width + 8;
    }
    ctx.restore();
  }

  picture(title) {
    const own = this.chart.ctx.canvas;
    const canvas = document.createElement("canvas");
    const head = 34 * devicePixelRatio;
    canvas.width = own.width;
    canvas.height = own.height + head;
    const ctx = canvas.getContext("2d");
    ctx.fillStyle = this.css("surface")();
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    ctx.fillStyle = this.css("text")();
    ctx.font = `600 ${14 * devicePixelRatio}px ${getComputedStyle(this.box).fontFamily}`;
    ctx.fillText(title, 12 * devicePixelRatio, 22 * devicePixelRatio, canvas.width - 24 * devicePixelRatio);
    ctx.drawImage(own, 0, head);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }
}

// Some room above and below; a loss that stands still is no hairline.
function room(low, high) {
  if (low === null || high === null) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  return [low >= 0 && low < span * 0.5 ? 0 : low - span * 0.08, high + span * 0.06];
}

const faint = (colour, share = 0.32) => {
  const [red, green, blue] = colour.match(/[\d.]+/g);
  return `rgba(${red}, ${green}, ${blue}, ${share})`;
};

// Evaluations are rare: the nearest one before stands for the steps since.
function near(column, steps, idx, sparse) {
  for (let at = idx; at >= 0; at -= 1) {
    const value = column?.[at];
    if (value !== null && value !== undefined) return value;
    if (!sparse || steps[idx] - steps[at] > (steps.at(-1) - steps[0]) * 0.1) return null;
  }
  return null;
}

function tipHead(word, step) {
  const head = document.createElement("strong");
  head.textContent = word(whole(step));
  return head;
}

function tipLine(label, value, colour) {
  const line = document.createElement("span");
  const dot = document.createElement("i");
  dot.style.background = colour;
  const number = document.createElement("b");
  number.textContent = figure(value);
  line.append(dot, `${label} `, number);
  return line;
}
