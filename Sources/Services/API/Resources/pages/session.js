/** Who is looking, and the API on their behalf. In the demo /demo.json has people and tokens; else one is asked for. */

import "/reminders-toast.js";
import { byId, make, put } from "./dom.js";
import { CHANNELS } from "./words.js";

const API = "/api/v1";
const TOKEN = "reminders token";
const PERSON = "reminders person";

/** An answer that is none: its status, and a text with everything that is wrong. */
export class Problem extends Error {
  constructor(status, body) {
    const details = (body.errors ?? []).map((error) => `${error.pointer}: ${error.detail}`);
    super([body.detail ?? body.title ?? `The server answers ${status}`, ...details].join("\n"));
    this.status = status;
    this.errors = body.errors ?? [];
  }
}

export const session = { demo: null, stream: null, token: null, userID: null, isAdmin: false, toasts: null };

/** Asks the API; parameters without a value are left out. */
export async function api(method, path, { body, query = {}, signal } = {}) {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null && value !== ""));
  const headers = { Authorization: `Bearer ${session.token}` };
  if (body !== undefined) headers["Content-Type"] = `application/${method === "PATCH" ? "merge-patch+" : ""}json`;
  if (method === "POST") headers["Idempotency-Key"] = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const address = `${API}${path}${parameters.size ? `?${parameters}` : ""}`;
  const response = await fetch(address, { method, headers, body: body && JSON.stringify(body), signal });
  const text = await response.text();
  const isJSON = /json/.test(response.headers.get("Content-Type") ?? "");
  const answer = text && isJSON ? JSON.parse(text) : {};
  if (response.status === 401) askForToken();
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

export const get = (path, query, signal) => api("GET", path, { query, signal });

function claims(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}

function use(token) {
  const { sub, scope } = claims(token);
  Object.assign(session, { token, userID: sub, isAdmin: (scope ?? "").split(" ").includes("admin") });
}

function signIn(token) {
  sessionStorage.setItem(TOKEN, token);
  location.reload();
}

function askForToken() {
  const dialog = byId("sign-in");
  if (!dialog.open) dialog.showModal();
}

function signInDialog() {
  const input = make(
    "input",
    { name: "token", type: "password", required: true, autocomplete: "off", spellcheck: "false" },
  );
  const submit = (event) => (event.preventDefault(), signIn(input.value.trim().replace(/^Bearer /i, "")));
  const command = make("code", {}, "reminders token --user 1");
  return make(
    "dialog",
    { id: "sign-in", "aria-labelledby": "sign-in-title" },
    make(
      "form",
      { submit },
      make("h2", { id: "sign-in-title" }, "Who are you?"),
      make("label", { class: "field" }, make("span", {}, "Token"), input),
      make(
        "p",
        { class: "hint" },
        "A token of your identity provider, or one that ",
        command,
        " prints. It is kept for this tab only.",
      ),
      make("div", { class: "end" }, make("button", { class: "main" }, "Go on")),
    ),
  );
}

function personControl(choose) {
  const { demo } = session;
  if (!demo) {
    const name = session.userID ? `User ${session.userID}` : "Not signed in";
    return [make("span", {}, name), make(
      "button",
      { type: "button", click: askForToken },
      session.token ? "Change" : "Sign in",
    )];
  }
  const select = make("select", { id: "person", change: () => choose(select.value) });
  select.append(
    ...demo.users.map((user) => make("option", { value: user.id, selected: user.token === session.token }, user.name)),
  );
  return [make("label", { for: "person" }, "You are"), select];
}

/** A small document of this installation, or null. */
async function read(address) {
  const response = await fetch(address).catch(() => null);
  return response?.ok ? response.json() : null;
}

/** Begins: says who looks, and shows their pop-ups. False when there is nobody yet. */
export async function begin({ prefersAdmin = false } = {}) {
  const [config, demo] = await Promise.all(["/config.json", "/demo.json"].map(read));
  session.demo = demo;
  session.stream = config?.stream ?? (demo?.frontend ? `${demo.frontend}${API}/reminders/stream` : null);
  const people = session.demo?.users ?? [];
  const chosen = people.find((user) => user.id === sessionStorage.getItem(PERSON));
  const admin = prefersAdmin && people.find((user) => (claims(user.token).scope ?? "").split(" ").includes("admin"));
  const token = (chosen ?? (admin || people[0]))?.token ?? sessionStorage.getItem(TOKEN);
  if (token) use(token);
  document.body.append(signInDialog());
  put(byId("who"), personControl((id) => (sessionStorage.setItem(PERSON, id), location.reload())));
  if (!token) {
    askForToken();
    return false;
  }
  for (const { channel, name } of (await get("/channels")).items) CHANNELS[channel] = name;
  showToasts();
  return true;
}

function showToasts() {
  session.toasts = make("reminder-toasts", { api: API, stream: session.stream });
  session.toasts.getToken = () => session.token;
  session.toasts.addEventListener("reminders:auth-required", askForToken);
  document.body.append(session.toasts);
}

/** Runs `action` now and every so many seconds while the page can be seen; the answer runs it at once. */
export function repeat(seconds, action) {
  let timer;
  const run = async () => {
    clearTimeout(timer);
    if (!document.hidden) await action().catch((error) => console.warn(error.message));
    clearTimeout(timer);
    timer = setTimeout(run, seconds * 1000);
  };
  document.addEventListener("visibilitychange", () => document.hidden || run());
  run();
  return run;
}

/** Shows what went wrong at `place`, and beside the fields it is about. */
export function showProblem(place, problem, form) {
  for (const field of form?.querySelectorAll("[aria-invalid]") ?? []) field.removeAttribute("aria-invalid");
  put(place, problem && make("p", { class: "problem", role: "alert" }, problem.message));
  for (const { pointer } of problem?.errors ?? []) {
    form?.elements[pointer.split("/")[1]]?.setAttribute?.("aria-invalid", "true");
  }
}
