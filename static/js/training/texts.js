// What the scripts of trainings say, in the language of the page, and how they write numbers.
const words = document.getElementById("training-texts")?.dataset ?? {};
const lang = document.documentElement.lang || "en";

export const say = (key, values = {}) =>
  (words[key] ?? key).replace(/%\((\w+)\)s/g, (_all, name) => values[name] ?? "");

export const whole = (number) => Math.round(number).toLocaleString(lang);

export function figure(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  const size = Math.abs(value);
  if (value && (size < 0.001 || size >= 1e7)) return value.toExponential(2).replace("e+", "e");
  const places = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
  return value.toLocaleString(lang, { minimumFractionDigits: places, maximumFractionDigits: places });
}

export const short = (value) =>
  value && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e6)
    ? value.toExponential(0).replace("e+", "e")
    : value.toLocaleString(lang, { maximumSignificantDigits: 4 });

export const money = (text) => {
  const value = Number(text);
  const places = value && Math.abs(value) < 0.01 ? 4 : 2;
  return say("money", { amount: value.toLocaleString(lang, { minimumFractionDigits: places, maximumFractionDigits: places }) });
};
