// The training on the page of its job: the live curve, guard rails, budget, pausing and resuming.
import { call } from "../jobs/api.js";
import { toast } from "../jobs/toast.js";
import { CurveCard } from "./curve.js";
import { say } from "./texts.js";

const card = document.querySelector("[data-curve]");
if (card) {
  const curve = new CurveCard(card);
  curve.start();
  document.addEventListener("job:refreshed", () => curve.more());
}

// What changes something is a dialog with a form; it stays open, with the reason, when refused.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  const dialog = document.getElementById(opener.dataset.opens);
  problem(dialog, "");
  dialog.showModal();
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-run-form]");
  if (!form || event.submitter?.value === "back") return;
  event.preventDefault();
  const dialog = form.closest("dialog");
  const go = form.querySelector("[data-go]");
  go.disabled = true;
  try {
    await ASKS[form.dataset.runForm](form);
    dialog.close();
    toast(say(form.dataset.said));
    document.querySelector("[data-refresh]").click();
  } catch (error) {
    problem(dialog, error.message);
  }
  go.disabled = false;
});

const ASKS = {
  resume: (form) => {
    const offer = form.elements.offer?.value;
    return call("POST", `${form.dataset.run}resume/`, offer ? { offer: Number(offer) } : {});
  },
  // A limit on the cost that cancels is the budget; one that only warns or pauses is none.
  rails: (form) => {
    const wanted = rails(form);
    const most = wanted.max_cost;
    return call("PATCH", form.dataset.run, { budget: most?.action === "cancel" ? most.limit : null, guard_rails: wanted });
  },
};

// Each rail by its kind; one that is not ticked is taken away.
function rails(form) {
  const found = {};
  for (const row of form.querySelectorAll("[data-rail]")) {
    const limit = row.querySelector("[data-limit]");
    const action = row.querySelector("select").value;
    if (!row.querySelector("[data-on]").checked) found[row.dataset.rail] = null;
    else if (!limit) found[row.dataset.rail] = { action };
    else found[row.dataset.rail] = { [limit.dataset.limit]: limit.dataset.limit === "limit" ? limit.value.trim() : Number(limit.value), action };
  }
  return found;
}

function problem(dialog, text) {
  const place = dialog.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}

// A rail that is off needs no limit.
document.addEventListener("change", (event) => {
  const row = event.target.matches("[data-on]") && event.target.closest("[data-rail]");
  if (!row) return;
  for (const field of row.querySelectorAll("[data-limit], select")) field.disabled = !event.target.checked;
});
