// What is typed into the form of a new job survives a reload, in this browser only, until it is sent.
const form = document.querySelector("[data-keep]");
const key = `new-job:${form.dataset.keep}`;
const skip = (field) => !field.name || field.type === "hidden" || field.name === "csrfmiddlewaretoken";
const fresh = !new URLSearchParams(location.search).has("from") && !new URLSearchParams(location.search).has("draft");
const failed = form.querySelector(".errorlist") || document.querySelector(".alert.error");

if (fresh && !failed) {
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  for (const field of form.elements) {
    if (skip(field) || !(field.name in kept)) continue;
    if (field.type === "checkbox") field.checked = kept[field.name];
    else field.value = kept[field.name];
  }
}

form.addEventListener("input", () => {
  const kept = {};
  for (const field of form.elements)
    if (!skip(field)) kept[field.name] = field.type === "checkbox" ? field.checked : field.value;
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // A very long text does not fit: then only the server keeps it, at the next step.
  }
});
form.addEventListener("submit", () => sessionStorage.removeItem(key));
