/** How a person wants to be reached: channels, quiet hours on their clock, language. */

import { api, get, showProblem } from "./session.js";
import { make } from "./dom.js";
import { CHANNELS } from "./words.js";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LANGUAGES = { en: "English", da: "Dansk", de: "Deutsch" };
const PATH = "/users/me/notification-preferences";

/** A field to choose a time zone by name. */
export function zoneField(value, name = "time_zone") {
  const zones = Intl.supportedValuesOf("timeZone");
  const input = make("select", { name });
  input.append(
    ...[...new Set([value, "UTC", ...zones])].filter(Boolean).map(
      (zone) => make("option", { value: zone, selected: zone === value }, zone.replaceAll("_", " ")),
    ),
  );
  return make("label", { class: "field" }, make("span", {}, "Time zone"), input);
}

/** Shows the form at `place`; what is changed is kept at once. */
export async function showPreferences(place) {
  const preferences = await get(PATH);
  const check = (name, words, checked) => make(
    "label",
    { class: "check" },
    make("input", { type: "checkbox", name, checked }),
    words,
  );
  const days = DAYS.map((day, index) =>
    make(
      "label",
      {},
      make(
        "input",
        {
          type: "checkbox",
          name: "quiet_hours_days",
          value: index + 1,
          checked: preferences.quiet_hours_days.includes(index + 1),
        },
      ),
      day,
    ));
  const time = (name, words) => make(
    "label",
    { class: "field" },
    make("span", {}, words),
    make("input", { type: "time", name, value: preferences[name], required: true }),
  );
  const language = make("select", { name: "locale" });
  const known = Object.entries(
    {
      ...LANGUAGES,
      ...(LANGUAGES[preferences.locale] || !preferences.locale ? {} : { [preferences.locale]: preferences.locale }),
    },
  );
  language.append(
    ...known.map(([value, words]) => make("option", { value, selected: value === preferences.locale }, words)),
  );
  const quiet = make(
    "div",
    { class: "stack" },
    make("div", { class: "row" }, time("quiet_hours_start", "From"), time("quiet_hours_end", "To")),
    make("fieldset", {}, make("legend", {}, "Beginning on"), make("div", { class: "choice" }, days)),
  );
  const problem = make("div");
  const status = make("p", { class: "hint", role: "status" }, "Changes are kept at once.");
  const address = preferences.email ?? preferences.email_override;
  const form = make(
    "form",
    {},
    make(
      "fieldset",
      {},
      make("legend", {}, "Reminders come as"),
      Object.entries(CHANNELS).map(
        ([channel, words]) => check(
          `notify_${channel}`,
          channel === "email" && address ? `${words} to ${preferences.email_override ?? address}` : words,
          preferences.channels.includes(channel),
        ),
      ),
    ),
    make(
      "fieldset",
      {},
      make("legend", {}, "Quiet hours"),
      check("quiet_hours_enabled", "Hold reminders back, except urgent ones", preferences.quiet_hours_enabled),
      quiet,
    ),
    zoneField(preferences.time_zone),
    make("label", { class: "field" }, make("span", {}, "Language"), language),
    problem,
    status,
  );
  const fold = () => (quiet.hidden = !form.elements.quiet_hours_enabled.checked);
  fold();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", async ({ target }) => {
    fold();
    try {
      const changed = await api("PATCH", PATH, { body: changes(form, target.name) });
      Object.assign(preferences, changed);
      showProblem(problem, null, form);
      status.textContent = "Kept.";
    } catch (error) {
      showProblem(problem, error, form);
      status.textContent = "";
    }
  });
  place.replaceChildren(form);
  return preferences;
}

/** The changed field; of channels and of quiet hours all, for they only make sense together. */
function changes(form, name) {
  const { elements } = form;
  if (name.startsWith("quiet_hours")) {
    return {
      quiet_hours_enabled: elements.quiet_hours_enabled.checked,
      quiet_hours_start: elements.quiet_hours_start.value,
      quiet_hours_end: elements.quiet_hours_end.value,
      quiet_hours_days: [...elements.quiet_hours_days].filter((day) => day.checked).map((day) => Number(day.value)),
    };
  }
  if (name.startsWith("notify_")) {
    return { channels: Object.keys(CHANNELS).filter((channel) => elements[`notify_${channel}`].checked) };
  }
  const field = elements[name];
  return { [name]: field.type === "checkbox" ? field.checked : field.value };
}
