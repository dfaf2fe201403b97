// Narrows the navigation to the entries whose words contain what is typed.
const field = document.querySelector("[data-nav-filter]");

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

field?.addEventListener("input", () => {
  const wanted = plain(field.value.trim());
  for (const group of document.querySelectorAll("[data-nav-group]")) {
    const entries = [...group.querySelectorAll("li")];
    for (const entry of entries) entry.hidden = !plain(entry.textContent).includes(wanted);
    group.hidden = entries.every((entry) => entry.hidden);
  }
});

field?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  document.querySelector("[data-nav-group] li:not([hidden]) a")?.click();
});
