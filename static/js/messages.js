// A message can be put away; focus then goes to the page, not to nowhere.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (!button) return;
  const list = button.closest("ul");
  button.closest("li").remove();
  if (list && !list.children.length) list.remove();
  document.getElementById("content-start")?.focus();
});
