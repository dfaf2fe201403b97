// The buttons that do something to a job: they call the API and say what became of it.
import { call, verb } from "./api.js";
import { say } from "./texts.js";
import { toast } from "./toast.js";

const SAID = { pause: "paused", resume: "resumed", promote: "promoted", submit: "submitted" };
const dialog = document.getElementById("cancel-dialog");
const form = dialog?.querySelector("form");
let asked = null;

export function bindVerbs({ changed }) {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-verb]");
    if (!button || button.disabled) return;
    const job = button.closest("[data-job]").dataset.job;
    closeMenu(button);
    if (button.dataset.verb === "cancel") return ask(job, button, changed);
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
  dialog?.querySelector("[data-cancel-go]").addEventListener("click", () => cancel(changed));
}

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
  offerUndo(job, button.dataset.name, changed);
  changed();
}

export function offerUndo(job, name, changed) {
  toast(say("deleted", { name }), {
    action: say("undo"),
    seconds: 25,
    onAction: async () => {
      try {
        await verb(job, "restore");
        toast(say("restored"));
      } catch (error) {
        toast(error.message);
      }
      changed();
    },
  });
}

function ask(job, button, _changed) {
  asked = job;
  form.reset();
  for (const place of form.querySelectorAll("[data-fill]")) place.textContent = button.dataset[place.dataset.fill] ?? "";
  form.querySelector("[data-fill-progress]").value = Number(button.dataset.progress ?? 0);
  problem("");
  ready();
  dialog.showModal();
}

const ready = () => {
  dialog.querySelector("[data-cancel-go]").disabled = !form.elements.reason.value || !form.elements.sure.checked;
};

async function cancel(changed) {
  const go = dialog.querySelector("[data-cancel-go]");
  go.disabled = true;
  try {
    await verb(asked, "cancel", { reason: form.elements.reason.value, notes: form.elements.notes.value });
    dialog.close();
    toast(say("cancelled"));
    changed();
  } catch (error) {
    problem(error.message);
    ready();
  }
}

function problem(text) {
  const place = form.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}

export function closeMenu(inside) {
  const menu = inside.closest("details.menu");
  if (menu) menu.open = false;
}
