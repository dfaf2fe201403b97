// The points of one run: fetched thinned out, added to while it runs, fetched again where one looks
// closer. Steps that another attempt computed anew replace the ones before, so no gap appears.
import { call } from "../jobs/api.js";

const POINTS = 2_000;
const OVERLAP = 50; // steps that are asked for again: figures may come late
const MOST = 12_000;

export class Rows {
  constructor(address) {
    this.address = address;
    this.clear();
  }

  clear() {
    this.byStep = new Map();
    this.total = 0;
    this.thinned = false;
    this.sorted = null;
  }

  get list() {
    this.sorted ??= [...this.byStep.values()].sort((one, other) => one.step - other.step);
    return this.sorted;
  }

  get last() {
    return this.list.at(-1)?.step ?? null;
  }

  async load(names) {
    const found = await this.ask(names, {});
    this.clear();
    this.total = found.total_points;
    this.thinned = found.downsampled;
    this.keep(found.results);
  }

  async more(names) {
    if (this.last === null || this.last <= OVERLAP || this.byStep.size > MOST) return this.load(names);
    const before = this.list.filter((row) => row.step > this.last - OVERLAP).length;
    const found = await this.ask(names, { since_step: this.last - OVERLAP });
    this.total += Math.max(0, found.total_points - before);
    this.thinned ||= found.downsampled;
    this.keep(found.results);
  }

  async closer(names, first, last) {
    if (!this.thinned) return false;
    const found = await this.ask(names, { first: Math.floor(first), last: Math.ceil(last) });
    this.keep(found.results);
    return found.results.length > 0;
  }

  keep(rows) {
    for (const row of rows) this.byStep.set(row.step, row);
    this.sorted = null;
  }

  ask(names, wanted) {
    const query = new URLSearchParams({ points: POINTS, ...wanted });
    if (names.length) query.set("names", names.join(","));
    return call("GET", `${this.address}?${query}`);
  }
}

// The mean that leans on the newest, corrected for its beginning; a gap stays a gap.
export function smoothed(values, weight) {
  if (!weight) return values;
  let kept = 0;
  let norm = 0;
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    kept = kept * weight + (1 - weight) * value;
    norm = norm * weight + (1 - weight);
    return kept / norm;
  });
}
