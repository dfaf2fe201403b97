// The navigation as a drawer on small screens: focus goes in, stays in, and comes back.
const root = document.documentElement;
const opener = document.querySelector("[data-drawer-open]");
const sidebar = document.getElementById("sidebar");
const small = matchMedia("(max-width: 1024px)");

if (opener && sidebar) {
  // Everything beside the drawer and beside what holds it, but not the shade one presses to close.
  const rest = () => {
    const found = [];
    for (let part = sidebar; part !== document.body; part = part.parentElement)
      for (const beside of part.parentElement.children)
        if (beside !== part && !beside.matches("[data-drawer-shade], script, dialog")) found.push(beside);
    return found;
  };

  const show = (visible) => {
    const was = root.classList.contains("drawer-is-open");
    root.classList.toggle("drawer-is-open", visible);
    opener.setAttribute("aria-expanded", String(visible));
    for (const part of rest()) part.inert = visible;
    if (visible) sidebar.querySelector("[data-drawer-close]").focus();
    else if (was) opener.focus();
  };

  opener.addEventListener("click", () => show(true));
  sidebar.querySelector("[data-drawer-close]").addEventListener("click", () => show(false));
  document.querySelector("[data-drawer-shade]").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("drawer-is-open")) show(false);
  });
  small.addEventListener("change", () => show(false));
}
