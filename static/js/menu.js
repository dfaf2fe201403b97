// <details class="menu">: closes on Escape, on a press outside and when focus leaves; arrows walk it.
const open = () => document.querySelectorAll("details.menu[open]");
const items = (menu) =>
  [...menu.querySelectorAll(".menu-item")].filter((item) => item.getClientRects().length);

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
    walk(menu, event);
  }
});

function walk(menu, event) {
  event.preventDefault();
  menu.open = true;
  const all = items(menu);
  const here = all.indexOf(document.activeElement);
  const last = all.length - 1;
  const to = {
    ArrowDown: here < 0 ? 0 : Math.min(here + 1, last),
    ArrowUp: here < 0 ? last : Math.max(here - 1, 0),
    Home: 0,
    End: last,
  }[event.key];
  all[to]?.focus();
}
