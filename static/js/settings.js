// The settings: copying, asking before what cannot be taken back.
import "./confirm.js";
import "./jobs/clock.js";
import "./jobs/copy.js";

// A row's button is in the way until there is something to save.
for (const button of document.querySelectorAll("[data-when-changed]")) {
  button.hidden = true;
  button.form.addEventListener("input", () => {
    button.hidden = false;
  });
}

// What is shown this once is worth the first look.
document.querySelector("[data-look-here]")?.focus();
