// What the scripts say; the words come with the page, in its language.
const words = document.getElementById("texts")?.dataset ?? {};

export const say = (key, values = {}) =>
  (words[key] ?? key).replace(/%\((\w+)\)s/g, (_all, name) => values[name] ?? "");

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}

export function ago(at) {
  const seconds = (Date.now() - at) / 1000;
  if (seconds <= -48 * 3600) return say("days", { number: Math.round(-seconds / 86400) });
  if (seconds < 0) return say("in", { time: duration(-seconds) });
  if (seconds < 10) return say("now");
  if (seconds < 60) return say("seconds", { number: Math.floor(seconds) });
  if (seconds < 3600) return say("minutes", { number: Math.floor(seconds / 60) });
  if (seconds < 6 * 3600) return say("hours", { number: Math.floor(seconds / 3600) });
  return null;
}
