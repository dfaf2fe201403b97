// Asks before a form that cannot be taken back is sent: data-confirm says what would happen.
const dialog = document.getElementById("confirm-dialog");
const go = dialog?.querySelector("[data-confirm-go]");
let asked = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!dialog || !form.dataset.confirm || form === asked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.querySelector("#confirm-title").textContent = form.dataset.title;
  dialog.querySelector("#confirm-text").textContent = form.dataset.confirm;
  go.textContent = form.dataset.go ?? form.dataset.title;
  asked = null;
  go.onclick = () => {
    asked = form;
    dialog.close();
    form.requestSubmit(event.submitter);
  };
  dialog.showModal();
}, true);
