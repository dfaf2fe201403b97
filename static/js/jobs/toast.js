// Short words at the bottom left, with an action where one is possible; they leave after a while.
const SECONDS = 6;

export function toast(text, { action, onAction, href, seconds = SECONDS } = {}) {
  const shelf = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = "toast";
  const said = document.createElement("span");
  said.textContent = text;
  box.append(said);
  if (action) {
    const button = document.createElement(href ? "a" : "button");
    button.className = "toast-action";
    button.textContent = action;
    if (href) button.href = href;
    else
      button.addEventListener("click", () => {
        box.remove();
        onAction();
      });
    box.append(button);
  }
  shelf.append(box);
  setTimeout(() => box.remove(), seconds * 1000);
}
