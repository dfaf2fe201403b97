// The settings: copying, asking before what cannot be taken back, roles that save themselves.
import "./confirm.js";
import "./jobs/clock.js";
import "./jobs/copy.js";

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// What is shown this once is worth the first look.
document.querySelector("[data-look-here]")?.focus();
