// Buttons that copy: a text of their own, a text of the page, or the call that does the same.
import { closeMenu } from "./verbs.js";
import { say } from "./texts.js";
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from], [data-copy-call]");
  if (!button) return;
  closeMenu(button);
  await navigator.clipboard.writeText(textOf(button));
  toast(say("copied"));
});

function textOf(button) {
  if (button.dataset.copyFrom) return document.querySelector(button.dataset.copyFrom).textContent;
  if (button.dataset.copyCall)
    return `curl -H "Authorization: Bearer $MEGAHUB_KEY" "${location.origin}${button.dataset.copyCall}${location.search}"`;
  return button.dataset.copy;
}
