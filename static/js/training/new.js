// A new training: what it would take and cost, as it is being filled in.
import { call } from "../jobs/api.js";
import { duration } from "../jobs/texts.js";
import { money, say, whole } from "./texts.js";

const PRESETS = ["conservative", "balanced", "aggressive"];
const form = document.querySelector("[data-training-form]");
const one = (name) => document.querySelector(`[data-estimate-${name}]`);
let asked = 0;
let waits = null;

function wanted() {
  const { name, dataset, offer, base_model, total_steps, how } = form.elements;
  const found = { name: name.value.trim() || "—" };
  for (const field of [dataset, offer]) if (field.value) found[field.name] = Number(field.value);
  if (base_model.value.trim()) found.base_model = base_model.value.trim();
  if (Number(total_steps.value) > 0) found.total_steps = Number(total_steps.value);
  const chosen = how.value;
  if (PRESETS.includes(chosen)) found.preset = chosen;
  else if (chosen) found.configuration = Number(chosen);
  return found;
}

async function estimate() {
  asked += 1;
  const mine = asked;
  try {
    const found = await call("POST", "/ai/training/estimate/", { job_type: form.elements.type.value, input_data: wanted() });
    if (mine === asked) show(found);
  } catch (error) {
    if (mine === asked) problem(error.message);
  }
}

function show(found) {
  problem("");
  const known = found.cost_low !== null;
  one("cost").textContent = known ? say("range", { low: money(found.cost_low), high: money(found.cost_high) }) : say("unknown");
  one("time").textContent = found.duration_seconds === null ? "—" : `~${duration(found.duration_seconds)}`;
  one("steps").textContent = found.total_steps === null ? "—" : whole(found.total_steps);
  one("rate").textContent = found.hourly_rate === null ? "—" : `${money(found.hourly_rate)} / h`;
  one("buffer").textContent = found.spot_buffer === null ? "—" : money(found.spot_buffer);
  if (found.judged_by_runs) one("note").textContent = say("judged", { number: found.judged_by_runs });
}

function problem(text) {
  one("problem").textContent = text;
  one("problem").hidden = !text;
}

form.addEventListener("input", () => {
  clearTimeout(waits);
  waits = setTimeout(estimate, 300);
});
estimate();
