// Ctrl K: go to a page or a job, or do something, by typing a few letters; a combobox with a list.
const palette = document.getElementById("palette");
const WAIT = 120;

if (palette) {
  const field = palette.querySelector("input");
  const list = palette.querySelector("[role=listbox]");
  const said = palette.querySelector("[data-palette-says]");
  let timer = 0;
  let asked = 0;

  const entries = () => [...list.querySelectorAll("[role=option]")];
  const current = () => list.querySelector('[aria-selected="true"]');

  function choose(entry) {
    current()?.setAttribute("aria-selected", "false");
    entry?.setAttribute("aria-selected", "true");
    if (entry) field.setAttribute("aria-activedescendant", entry.id);
    else field.removeAttribute("aria-activedescendant");
    entry?.scrollIntoView({ block: "nearest" });
  }

  async function load() {
    const turn = (asked += 1);
    const address = `${palette.dataset.address}?${new URLSearchParams({ q: field.value, next: location.pathname + location.search })}`;
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== asked) return;
      list.replaceChildren(...found.body.children);
      said.textContent = said.dataset.some.replace("%(number)s", entries().length);
    } catch {
      if (turn !== asked) return;
      list.replaceChildren(Object.assign(document.createElement("p"), { className: "palette-title", textContent: said.dataset.lost }));
      said.textContent = said.dataset.lost;
    }
    choose(entries()[0]);
  }

  function go(entry) {
    if (!entry) return;
    palette.close();
    const { url, post, name, value, press } = entry.dataset;
    if (url) location.assign(url);
    else if (post) send(post, name, value);
    else document.querySelector(press)?.click();
  }

  function send(address, name, value) {
    const form = Object.assign(document.createElement("form"), { method: "post", action: address, hidden: true });
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const fields = { csrfmiddlewaretoken: token, next: location.pathname + location.search, [name]: value };
    for (const [key, text] of Object.entries(fields))
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: key, value: text }));
    document.body.append(form);
    form.submit();
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (palette.open) return palette.close();
    if (document.querySelector("dialog[open]")) return;
    field.value = "";
    list.replaceChildren();
    palette.showModal();
    field.focus();
    load();
  });

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, WAIT);
  });
  field.addEventListener("keydown", async (event) => {
    const all = entries();
    const at = all.indexOf(current());
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && all.length && (event.key.startsWith("Arrow") || event.ctrlKey)) {
      event.preventDefault();
      choose(all[to]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (timer) {
        clearTimeout(timer);
        await load(); // what is typed, not what was shown a moment ago
      }
      go(current());
    }
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  list.addEventListener("mousemove", (event) => {
    const entry = event.target.closest("[role=option]");
    if (entry && entry !== current()) choose(entry);
  });
  palette.addEventListener("click", (event) => event.target === palette && palette.close());
}
