// The form of a schedule: a rhythm that is chosen is written into its field, as if it was typed.
const field = document.querySelector("#cron");

function mark() {
  for (const button of document.querySelectorAll("[data-rhythm]"))
    button.setAttribute("aria-pressed", String(button.dataset.rhythm === field.value.trim()));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rhythm]");
  if (!button) return;
  field.value = button.dataset.rhythm;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
field.addEventListener("input", mark);
mark();
