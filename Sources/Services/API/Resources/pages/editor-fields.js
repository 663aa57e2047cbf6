/** The fields of the form of a reminder, part by part. */

import { choice, field, input, make, row } from "./dom.js";
import { zoneField } from "./preferences.js";
import { parse, WEEKDAYS } from "./recurrence.js";
import { TRIGGERS } from "./triggers.js";
import { CHANNELS, ENTITIES, PRIORITIES } from "./words.js";

const SHORT = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LONG = { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" };
const KINDS = Object.fromEntries(Object.entries(TRIGGERS).map(([trigger, { name }]) => [trigger, name]));
const REPEATS = {
  once: "Once",
  daily: "Every day",
  weekly: "Every week",
  monthly: "Every month",
  custom: "In another rhythm…",
  rrule: "By a rule (RFC 5545)…",
};
const MONTH_BY = {
  date: "the same date",
  last: "the last day",
  1: "the first …",
  2: "the second …",
  3: "the third …",
  4: "the fourth …",
  "-1": "the last …",
};
const MONTH_ENDS = { backward: "on the last day", forward: "on the first of the next", omit: "not at all" };
const UNITS = { DAILY: "days", WEEKLY: "weeks", MONTHLY: "months", YEARLY: "years" };
const WEEKLY = { frequency: "WEEKLY", interval: 1, weekdays: ["MO"], position: null, monthDay: null };

const check = (name, words, checked, value = null) =>
  make("label", { class: "check" }, make("input", { type: "checkbox", name, value, checked }), words);

/** What a new one is about. */
export const aboutFields = (old) => row(
  field("About", choice("entity_type", ENTITIES, old.entity_type)),
  field("Number", input("sag_id", old.sag_id ?? "", { required: true, placeholder: "123", autofocus: true })),
);

/** Title, message, priority and what makes it come. */
export const mainFields = (old) => [
  field("Title", input("title", old.title ?? "", { required: true, maxlength: 300 })),
  field("Message", make("textarea", { name: "message", rows: 2 }, old.message ?? "")),
  row(
    field("Priority", choice("priority", PRIORITIES, old.priority)),
    field("It comes", choice("trigger_type", KINDS, old.trigger_type)),
  ),
];

/** The next full hour on the clock of `zone`, as 2026-03-01T09:00. */
function nextHour(zone) {
  const parts = new Intl.DateTimeFormat(
    "sv-SE",
    { timeZone: zone, dateStyle: "short", timeStyle: "short" },
  ).format(Date.now() + 3600e3);
  return `${parts.replace(" ", "T").slice(0, 13)}:00`;
}

/** When a timed one comes; `parts` are those that are shown and hidden one by one. */
export function timeFields(old, zone) {
  const known = old.recurrence_type === "rrule" ? parse(old.rrule) : null;
  const repeat = old.recurrence_type === "rrule" ? (known ? "custom" : "rrule") : old.recurrence_type;
  const parts = {
    custom: rhythmFields(known ?? WEEKLY),
    raw: field(
      "Rule",
      input("rrule", old.rrule ?? "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", { spellcheck: "false" }),
      "For example the last workday of each month.",
    ),
    monthEnd: field("In shorter months", choice("month_end", MONTH_ENDS, old.month_end)),
    preview: make("div", { class: "note", role: "status" }),
  };
  const time = (old.scheduled_local ?? nextHour(zone)).slice(0, 16);
  const element = make(
    "div",
    { class: "stack" },
    row(field("When", input("scheduled_local", time, { type: "datetime-local" })), zoneField(zone)),
    field("How often", choice("repeat", REPEATS, repeat)),
    Object.values(parts),
  );
  return { element, ...parts };
}

/** A rhythm of days, weeks, months or years. */
function rhythmFields(parts) {
  const days = WEEKDAYS.map((day, index) =>
    make(
      "label",
      {},
      make("input", { type: "checkbox", name: "weekdays", value: day, checked: parts.weekdays.includes(day) }),
      SHORT[index],
    ));
  const end = parts.count ? "count" : parts.until ? "until" : "never";
  const monthBy = parts.position ?? (parts.monthDay === -1 ? "last" : "date");
  return make(
    "div",
    { class: "stack" },
    row(
      field("Every", input("interval", parts.interval, { type: "number", min: 1, max: 99 })),
      field("Unit", choice("frequency", UNITS, parts.frequency)),
    ),
    make("fieldset", { "data-for": "WEEKLY" }, make("legend", {}, "On"), make("div", { class: "choice" }, days)),
    make(
      "div",
      { class: "row", "data-for": "MONTHLY" },
      field("On", choice("month_by", MONTH_BY, monthBy)),
      field("Weekday", choice("month_weekday", LONG, parts.weekdays[0] ?? "MO")),
    ),
    row(
      field("Ends", choice("end", { never: "never", count: "after", until: "on" }, end)),
      field("Times", input("count", parts.count ?? 10, { type: "number", min: 1, max: 999 })),
      field("Last day", input("until", parts.until ?? "", { type: "date" })),
    ),
  );
}

/** The settings of each trigger that has some, by trigger: of a new one as most people want them. */
export const triggerFields = (config, isNew) =>
  Object.fromEntries(
    Object.entries(TRIGGERS).filter(([, { fields }]) => fields).map(
      ([trigger, { fields }]) => [trigger, fields(config, isNew)],
    ),
  );

/** Which channels, where not those that the person usually wants. */
export function channelFields(old, preferences) {
  const names = Object.entries(CHANNELS);
  const wanted = old.channels ?? [];
  const off = old.channels_off ?? [];
  const usual = preferences.channels ?? [];
  const own = wanted.length + off.length > 0;
  const channels = row(
    names.map(([channel, words]) =>
      check(`notify_${channel}`, words, wanted.includes(channel) || (!off.includes(channel) && usual.includes(channel)))
    ),
  );
  const element = make(
    "fieldset",
    {},
    make("legend", {}, "How"),
    check("own_channels", "Other channels than I usually want", own),
    channels,
  );
  return { element, channels };
}
