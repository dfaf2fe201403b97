// The buttons that do something to a job: they call the API and say what became of it.
import { call, fragment, verb } from "./api.js";
import { say } from "./texts.js";
import { toast } from "./toast.js";

const SAID = { pause: "paused", resume: "resumed", promote: "promoted", submit: "submitted" };
const ASKS = { cancel: askCancel, promote: askPromote, schedule: askSchedule };
const dialog = document.getElementById("cancel-dialog");
const form = dialog?.querySelector("form");
let asked = null;

export function bindVerbs({ changed }) {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-verb]");
    if (!button || button.disabled) return;
    const job = button.closest("[data-job]").dataset.job;
    closeMenu(button);
    asked = job;
    if (ASKS[button.dataset.verb]) return ASKS[button.dataset.verb](job, button);
    button.disabled = true;
    try {
      await act(job, button, changed);
    } catch (error) {
      toast(error.message);
    } finally {
      button.disabled = false;
    }
  });
  form?.addEventListener("input", ready);
  on(dialog, "[data-cancel-go]", () => cancel(changed));
  on(document.getElementById("promote-dialog"), "[data-ask-go]", (own) =>
    settle(own, () => verb(asked, "promote"), "promoted", changed));
  on(document.getElementById("schedule-dialog"), "[data-ask-go]", (own) =>
    settle(own, () => call("PATCH", `/ai/jobs/${asked}/`, { run_after: moment(own) }), "saved", changed));
}

const on = (own, button, act) => own?.querySelector(button).addEventListener("click", () => act(own));

async function act(job, button, changed) {
  const name = button.dataset.verb;
  if (name === "delete") return remove(job, button, changed);
  const answer = await verb(job, name);
  if (name === "retry" || name === "restart") {
    if (button.hasAttribute("data-follow")) return location.assign(`/jobs/${answer.job_id}/`);
    toast(say("again"), { action: say("show"), href: `/jobs/${answer.job_id}/` });
  } else toast(say(SAID[name]));
  changed();
}

async function remove(job, button, changed) {
  await call("DELETE", `/ai/jobs/${job}/`);
  if (button.hasAttribute("data-follow")) {
    sessionStorage.setItem("deleted-job", JSON.stringify({ job, name: button.dataset.name }));
    location.assign("/jobs/");
    return;
  }
  offerUndo([job], say("deleted", { name: button.dataset.name }), changed);
  changed();
}

export function offerUndo(jobs, text, changed) {
  toast(text, {
    action: say("undo"),
    seconds: 25,
    onAction: async () => {
      let back = 0;
      let problem = null;
      for (const job of jobs) {
        try {
          await verb(job, "restore");
          back += 1;
        } catch (error) {
          problem = error;
        }
      }
      toast(problem ? problem.message : jobs.length === 1 ? say("restored") : say("manyRestored", { number: back }));
      changed();
    },
  });
}

function askCancel(job, button) {
  form.reset();
  fill(form, button);
  form.querySelector("[data-fill-progress]")?.setAttribute("value", Number(button.dataset.progress ?? 0));
  problem(dialog, "");
  ready();
  dialog.showModal();
  show(dialog.querySelector("[data-stopping]"), `/jobs/${job}/stopping/`, () => asked === job);
}

function askPromote(job, button) {
  const own = document.getElementById("promote-dialog");
  const body = own.querySelector("[data-ask-body]");
  body.replaceChildren(Object.assign(document.createElement("span"), { className: "skeleton" }));
  fill(own, button);
  problem(own, "");
  own.showModal();
  show(body, `/jobs/${job}/promotion/`, () => asked === job);
}

function askSchedule(_job, button) {
  const own = document.getElementById("schedule-dialog");
  fill(own, button);
  problem(own, "");
  const field = own.querySelector("input");
  const at = button.dataset.at ? new Date(button.dataset.at) : null;
  field.value = at && at > new Date() ? local(at) : "";
  field.min = local(new Date());
  own.showModal();
}

const local = (at) => new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const moment = (own) => {
  const { value } = own.querySelector("input");
  return value ? new Date(value).toISOString() : null;
};

// The dialog says at once what it knows; what the hub reckons follows, unless another was asked for.
async function show(place, address, isWanted) {
  try {
    const found = await fragment(address);
    if (isWanted()) place.replaceChildren(...found.body.children);
  } catch (error) {
    if (isWanted()) place.replaceChildren(error.message);
  }
}

function fill(own, button) {
  for (const place of own.querySelectorAll("[data-fill]")) place.textContent = button.dataset[place.dataset.fill] ?? "";
}

const ready = () => {
  dialog.querySelector("[data-cancel-go]").disabled = !form.elements.reason.value || !form.elements.sure.checked;
};

const cancel = (changed) =>
  settle(dialog, () => verb(asked, "cancel", { reason: form.elements.reason.value, notes: form.elements.notes.value }), "cancelled", changed);

async function settle(own, act, said, changed) {
  const go = own.querySelector("[data-cancel-go], [data-ask-go]");
  go.disabled = true;
  try {
    await act();
    own.close();
    toast(say(said));
    changed();
  } catch (error) {
    problem(own, error.message);
  }
  go.disabled = false;
}

function problem(own, text) {
  const place = own.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}

export function closeMenu(inside) {
  const menu = inside.closest("details.menu");
  if (menu) menu.open = false;
}
