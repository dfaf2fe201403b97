// Calls of the hub's own API, as the person of this page; a refusal becomes an Error with its words.
import { say } from "./texts.js";

const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];

export async function call(method, address, body) {
  let answer;
  try {
    answer = await fetch(address, {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error(say("lost"));
  }
  const text = await answer.text();
  let found = null;
  try {
    found = text ? JSON.parse(text) : null;
  } catch {
    throw new Error(say("failed"));
  }
  if (!answer.ok) throw Object.assign(new Error(found?.detail ?? say("failed")), { facts: found ?? {} });
  return found;
}

export const verb = (job, name, body = {}) => call("POST", `/ai/jobs/${job}/${name}/`, body);

export async function fragment(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) throw new Error(say("failed"));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}
