/** Creates and changes a reminder, and says in words when it comes. */

import { api, showProblem } from "./session.js";
import { make, put } from "./dom.js";
import { zoneField } from "./preferences.js";
import { parse, rule, upcoming, WEEKDAYS, words } from "./recurrence.js";
import { CHANNELS, ENTITIES, PRIORITIES } from "./words.js";

const SHORT = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const field = (label, input, hint) => make(
  "label",
  { class: "field" },
  make("span", {}, label),
  input,
  hint ? make("span", { class: "hint" }, hint) : null,
);
const input = (name, value, attributes = {}) => make("input", { name, value, ...attributes });

function choice(name, options, value) {
  const select = make("select", { name });
  select.append(
    ...Object.entries(options).map(
      ([key, words]) => make("option", { value: key, selected: key === String(value) }, words),
    ),
  );
  return select;
}

/** The next full hour on the clock of `zone`, as 2026-03-01T09:00. */
function nextHour(zone) {
  const parts = new Intl.DateTimeFormat(
    "sv-SE",
    { timeZone: zone, dateStyle: "short", timeStyle: "short" },
  ).format(Date.now() + 3600e3);
  return `${parts.replace(" ", "T").slice(0, 13)}:00`;
}

/** Opens the editor; true when something was kept. */
export function editReminder(reminder, preferences) {
  const old = reminder ?? {
    entity_type: "case",
    priority: "normal",
    trigger_type: "time_based",
    trigger_config: {},
    recurrence_type: "once",
    month_end: "backward",
  };
  const zone = old.time_zone ?? preferences.time_zone ?? "UTC";
  const parts = (old.rrule && parse(old.rrule)) || {
    frequency: "WEEKLY",
    interval: 1,
    weekdays: ["MO"],
    position: null,
    monthDay: null,
  };
  const isRaw = old.recurrence_type === "rrule" && !parse(old.rrule);
  const config = old.trigger_config ?? {};
  const about = reminder
    ? null
    : make(
      "div",
      { class: "row" },
      field("About", choice("entity_type", ENTITIES, old.entity_type)),
      field("Number", input("sag_id", old.sag_id ?? "", { required: true, placeholder: "123", autofocus: true })),
    );
  const kinds = {
    time_based: "At a time",
    status_change: "When the status of the case changes",
    deadline_approaching: "Before the deadline of the case",
  };
  const repeats = {
    once: "Once",
    daily: "Every day",
    weekly: "Every week",
    monthly: "Every month",
    custom: "In another rhythm…",
    rrule: "By a rule (RFC 5545)…",
  };
  const repeat = old.recurrence_type === "rrule" ? (isRaw ? "rrule" : "custom") : old.recurrence_type;

  const days = WEEKDAYS.map(
    (day, index) => make(
      "label",
      {},
      make("input", { type: "checkbox", name: "weekdays", value: day, checked: parts.weekdays.includes(day) }),
      SHORT[index],
    ),
  );
  const end = parts.count ? "count" : parts.until ? "until" : "never";
  const custom = make(
    "div",
    { class: "stack" },
    make(
      "div",
      { class: "row" },
      field("Every", input("interval", parts.interval, { type: "number", min: 1, max: 99 })),
      field(
        "Unit",
        choice("frequency", { DAILY: "days", WEEKLY: "weeks", MONTHLY: "months", YEARLY: "years" }, parts.frequency),
      ),
    ),
    make("fieldset", { "data-for": "WEEKLY" }, make("legend", {}, "On"), make("div", { class: "choice" }, days)),
    make(
      "div",
      { class: "row", "data-for": "MONTHLY" },
      field(
        "On",
        choice(
          "month_by",
          {
            date: "the same date",
            last: "the last day",
            1: "the first …",
            2: "the second …",
            3: "the third …",
            4: "the fourth …",
            "-1": "the last …",
          },
          parts.position ?? (parts.monthDay === -1 ? "last" : "date"),
        ),
      ),
      field(
        "Weekday",
        choice(
          "month_weekday",
          { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" },
          parts.weekdays[0] ?? "MO",
        ),
      ),
    ),
    make(
      "div",
      { class: "row" },
      field("Ends", choice("end", { never: "never", count: "after", until: "on" }, end)),
      field("Times", input("count", parts.count ?? 10, { type: "number", min: 1, max: 999 })),
      field("Last day", input("until", parts.until ?? "", { type: "date" })),
    ),
  );
  const raw = field(
    "Rule",
    input("rrule", old.rrule ?? "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", { spellcheck: "false" }),
    "For example the last workday of each month. The next dates are shown once it is kept.",
  );
  const monthEnd = field(
    "In shorter months",
    choice(
      "month_end",
      { backward: "on the last day", forward: "on the first of the next", omit: "not at all" },
      old.month_end,
    ),
  );
  const inWords = make("p", { class: "note", role: "status" });
  const timed = make(
    "div",
    { class: "stack" },
    make(
      "div",
      { class: "row" },
      field(
        "When",
        input("scheduled_local", (old.scheduled_local ?? nextHour(zone)).slice(0, 16), { type: "datetime-local" }),
      ),
      zoneField(zone),
    ),
    field("How often", choice("repeat", repeats, repeat)), custom, raw, monthEnd, inWords,
  );
  const status = make(
    "div",
    { class: "row" },
    field("Becomes", input("target_status", config.target_status ?? "", { placeholder: "any" })),
    field("Was", input("from_status", config.from_status ?? "", { placeholder: "any" })),
  );
  const deadline = make(
    "div",
    { class: "row" },
    ["days", "hours", "minutes"].map(
      (unit) => field(
        `${unit.charAt(0).toUpperCase()}${unit.slice(1)} before`,
        input(
          `${unit}_before`,
          config[`${unit}_before`] ?? (unit === "days" && !reminder ? 1 : 0),
          { type: "number", min: 0, max: 999 },
        ),
      ),
    ),
  );
  const own = Object.keys(CHANNELS).some((channel) => old[`notify_${channel}`] != null);
  const channels = make(
    "div",
    { class: "row" },
    Object.entries(CHANNELS).map(
      ([channel, name]) => make(
        "label",
        { class: "check" },
        make(
          "input",
          {
            type: "checkbox",
            name: `notify_${channel}`,
            checked: old[`notify_${channel}`] ?? preferences[`notify_${channel}`],
          },
        ),
        name,
      ),
    ),
  );
  const problem = make("div");
  const heading = reminder ? "Change the reminder" : "New reminder";
  const form = make(
    "form",
    {},
    make("h2", { id: "editor-title" }, heading),
    about,
    field("Title", input("title", old.title ?? "", { required: true, maxlength: 300 })),
    field("Message", make("textarea", { name: "message", rows: 2 }, old.message ?? "")),
    make(
      "div",
      { class: "row" },
      field("Priority", choice("priority", PRIORITIES, old.priority)),
      field("It comes", choice("trigger_type", kinds, old.trigger_type)),
    ),
    timed, status, deadline,
    make(
      "fieldset",
      {},
      make("legend", {}, "How"),
      make(
        "label",
        { class: "check" },
        make("input", { type: "checkbox", name: "own_channels", checked: own }),
        "Other channels than I usually want",
      ),
      channels,
    ),
    problem,
    make(
      "div",
      { class: "end" },
      make("button", { type: "button", click: () => dialog.close() }, "Cancel"),
      make("button", { class: "main" }, "Keep"),
    ),
  );
  const dialog = make("dialog", { "aria-labelledby": "editor-title" }, form);

  const fold = () => {
    const { elements } = form;
    const kind = elements.trigger_type.value;
    const { frequency, how } = { frequency: elements.frequency.value, how: elements.repeat.value };
    timed.hidden = kind !== "time_based";
    status.hidden = kind !== "status_change";
    deadline.hidden = kind !== "deadline_approaching";
    custom.hidden = how !== "custom";
    raw.hidden = how !== "rrule";
    channels.hidden = !elements.own_channels.checked;
    for (const part of custom.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== frequency;
    elements.month_weekday.parentElement.hidden = ["date", "last"].includes(elements.month_by.value);
    elements.count.parentElement.hidden = elements.end.value !== "count";
    elements.until.parentElement.hidden = elements.end.value !== "until";
    const isMonthly = how === "custom" && frequency === "MONTHLY";
    const byDate = how === "monthly" || (isMonthly && elements.month_by.value === "date");
    monthEnd.hidden = !byDate || Number(elements.scheduled_local.value.slice(8, 10)) < 29;
    elements.scheduled_local.required = !timed.hidden;
    describe();
  };
  const describe = () => {
    const { type, rrule } = recurrence(form);
    const start = form.elements.scheduled_local.value;
    if (!start) return put(inWords, "Choose when it comes.");
    const next = upcoming(type, rrule, start, { monthEnd: form.elements.month_end.value });
    const show = new Intl.DateTimeFormat(
      "en-GB",
      {
        weekday: "short",
        day: "numeric",
        month: "short",
        year: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        timeZone: "UTC",
      },
    );
    const dates = next?.map((local) => make("li", { class: "numbers" }, show.format(new Date(`${local}Z`))));
    put(inWords, make("b", {}, words(type, rrule, start)), dates ? make("ul", { class: "small" }, dates) : "");
  };
  form.addEventListener("input", fold);
  document.body.append(dialog);
  dialog.showModal();
  fold();
  return new Promise((done) => {
    dialog.addEventListener("close", () => (dialog.remove(), done(dialog.returnValue === "kept")));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const body = wanted(form, old);
        if (reminder) await api("PATCH", `/sag/reminders/${reminder.id}`, { body });
        else await api(
          "POST",
          `/sag/${encodeURIComponent(form.elements.sag_id.value)}/reminders`,
          { body: { ...body, entity_type: form.elements.entity_type.value } },
        );
        dialog.close("kept");
      } catch (error) {
        showProblem(problem, error, form);
        problem.scrollIntoView({ block: "nearest" });
      }
    });
  });
}

/** The recurrence that is chosen: its type, and its rule where that is one. */
function recurrence(form) {
  const { elements } = form;
  const how = elements.repeat.value;
  if (how === "rrule") return { type: "rrule", rrule: elements.rrule.value.trim() };
  if (how !== "custom") return { type: how, rrule: null };
  const frequency = elements.frequency.value;
  const by = elements.month_by.value;
  const onWeekday = frequency === "MONTHLY" && !["date", "last"].includes(by);
  const days = [...elements.weekdays].filter((day) => day.checked).map((day) => day.value);
  const weekdays = frequency === "WEEKLY" ? days : onWeekday ? [elements.month_weekday.value] : [];
  return {
    type: "rrule",
    rrule: rule({
      frequency,
      interval: Number(elements.interval.value) || 1,
      weekdays,
      position: onWeekday ? Number(by) : null,
      monthDay: frequency === "MONTHLY" && by === "last" ? -1 : null,
      count: elements.end.value === "count" ? Number(elements.count.value) : null,
      until: elements.end.value === "until" ? elements.until.value : null,
    }),
  };
}

/** The fields as the API takes them. */
function wanted(form) {
  const { elements } = form;
  const kind = elements.trigger_type.value;
  const body = {
    title: elements.title.value.trim(),
    message: elements.message.value.trim() || null,
    priority: elements.priority.value,
    trigger_type: kind,
  };
  for (const channel of Object.keys(CHANNELS)) {
    body[`notify_${channel}`] = elements.own_channels.checked ? elements[`notify_${channel}`].checked : null;
  }
  if (kind === "time_based") {
    const { type, rrule } = recurrence(form);
    Object.assign(
      body,
      {
        recurrence_type: type,
        rrule,
        time_zone: elements.time_zone.value,
        scheduled_at: `${elements.scheduled_local.value}:00`,
        trigger_config: {},
        month_end: elements.month_end.value,
      },
    );
  } else if (kind === "status_change") {
    const statuses = ["target_status", "from_status"].map((name) => [name, elements[name].value.trim()]);
    body.trigger_config = Object.fromEntries(statuses.filter(([, value]) => value));
  } else {
    const leads = ["days_before", "hours_before", "minutes_before"].map((name) => [name, Number(elements[name].value)]);
    body.trigger_config = Object.fromEntries(leads.filter(([, value]) => value > 0));
  }
  return body;
}
