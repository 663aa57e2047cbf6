// The token of the person who tries the API: kept for this tab, as the other pages keep it. In the demo there are people
// to choose from.

const TOKEN = "reminders token";
const PERSON = "reminders person";
const field = document.getElementById("token");
const state = document.getElementById("token-state");
const chooser = document.getElementById("person");
/// People of the demo: `{id, name, token}`.
let people = [];

/// What a token says about itself. The server alone checks it.
function claims(token) {
  try {
    const bytes = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (sign) => sign.charCodeAt(0))));
  } catch {
    return null;
  }
}

function scopes(token) {
  return (claims(token)?.scope ?? "").split(" ");
}

/// The token for an operation that needs one of `wanted`; without any, each will do. In the demo somebody who may is
/// asked where the chosen person may not.
export function tokenFor(wanted) {
  const token = field.value.trim();
  const may = (candidate) => !wanted.length || wanted.some((scope) => scopes(candidate).includes(scope));
  if (may(token)) return { token };
  const other = people.find((person) => may(person.token));
  return other && people.some((person) => person.token === token) ? { token: other.token, name: other.name } : { token };
}

function describe() {
  const token = field.value.trim();
  const said = token ? claims(token) : {};
  const expires = said?.exp ? new Date(said.exp * 1000) : null;
  const words = said
    ? [said.sub && `user ${said.sub}`, said.scope, expires && (expires < new Date() ? "expired" : `until ${expires.toLocaleString()}`)]
    : ["this is no token"];
  state.textContent = words.filter(Boolean).join(" · ");
  chooser.value = people.find((person) => person.token === token)?.id ?? "";
}

function keep() {
  sessionStorage.setItem(TOKEN, field.value.trim());
  describe();
}

async function offerPeople() {
  const response = await fetch("/demo.json").catch(() => null);
  people = response?.ok ? (await response.json()).users ?? [] : [];
  if (!people.length) return;
  chooser.append(new Option("Somebody else", ""), ...people.map((person) => new Option(person.name, person.id)));
  chooser.hidden = false;
  chooser.addEventListener("change", () => {
    sessionStorage.setItem(PERSON, chooser.value);
    field.value = people.find((person) => person.id === chooser.value)?.token ?? "";
    keep();
  });
  const chosen = people.find((person) => person.id === sessionStorage.getItem(PERSON));
  if (chosen || !field.value) field.value = (chosen ?? people[0]).token;
  describe();
}

export function setUpToken() {
  field.value = sessionStorage.getItem(TOKEN) ?? "";
  field.addEventListener("input", keep);
  document.getElementById("token-form").addEventListener("submit", (event) => event.preventDefault());
  const show = document.getElementById("token-show");
  show.addEventListener("click", () => {
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    show.textContent = hidden ? "Hide" : "Show";
    show.setAttribute("aria-pressed", String(hidden));
  });
  describe();
  return offerPeople();
}
