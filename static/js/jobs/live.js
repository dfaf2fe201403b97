// A page that stays true: server-sent events, polling by itself when they do not come, and the age
// of what is shown. `onChange(event)` is told of each event; `refresh()` fetches what is shown.
import { ago, say } from "./texts.js";

const POLL = 5_000;
const GATHER = 400;
const REST = 1_500; // between two fetches, however busy the brand is

export class Live {
  constructor({ address, kinds, refresh, onEvent = () => {}, refreshOn = () => true }) {
    Object.assign(this, { address, kinds, refresh, onEvent, refreshOn });
    this.at = Date.now();
    this.streams = false;
    this.over = false;
    this.busy = false;
    this.timer = setInterval(() => this.beat(), 1000);
    addEventListener("online", () => this.soon());
    addEventListener("pagehide", () => this.source?.close());
    document.addEventListener("visibilitychange", () => document.hidden || this.soon());
    this.open();
  }

  open() {
    this.source?.close();
    const address = this.address();
    this.streams = false;
    if (!address || !window.EventSource) return;
    const source = new EventSource(address);
    this.source = source;
    source.addEventListener("open", () => {
      this.streams = true;
      this.at = Date.now();
    });
    source.addEventListener("error", () => {
      this.streams = false;
    });
    for (const kind of this.kinds)
      source.addEventListener(kind, (event) => {
        this.at = Date.now();
        let data = {};
        try {
          data = JSON.parse(event.data);
        } catch {
          return;
        }
        if (kind === "status") document.dispatchEvent(new CustomEvent("hub:status"));
        this.onEvent(kind, data);
        if (this.refreshOn(kind, data)) this.soon();
      });
  }

  soon() {
    if (this.waiting || this.over) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.now();
    }, Math.max(GATHER, (this.fetched ?? 0) + REST - Date.now()));
  }

  async now() {
    if (this.busy) return this.soon();
    this.busy = true;
    try {
      await this.refresh();
      this.at = Date.now();
    } catch {
      this.lost = true; // the age on the page says it; the next beat tries again
    } finally {
      this.busy = false;
      this.fetched = Date.now();
    }
  }

  stop() {
    this.over = true;
    this.streams = false;
    this.source?.close();
    this.show();
  }

  beat() {
    if (!this.over && !document.hidden && !this.streams && Date.now() - this.at > POLL && !this.waiting) this.soon();
    this.show();
  }

  show() {
    const box = document.querySelector("[data-live]");
    if (!box) return;
    const old = Date.now() - this.at > 6 * POLL;
    const age = ago(new Date(this.at)) ?? new Date(this.at).toLocaleTimeString();
    let text = say(this.streams ? "updated" : old ? "offline" : "polling", {
      time: this.streams ? say("now") : age,
    });
    if (this.over) text = say("over");
    const words = box.querySelector("[data-live-text]");
    if (words.textContent !== text) words.textContent = text;
    box.querySelector("[data-live-dot]").classList.toggle("stale", !this.streams);
  }
}
