/** What makes a reminder come: all that pages say of each trigger. */

import { field, input, row } from "./dom.js";

/** What was filled in, without surrounding blanks, of fields that may be left empty. */
function texts(elements, names) {
  const given = names.map((name) => [name, elements[name].value.trim()]);
  return Object.fromEntries(given.filter(([, value]) => value));
}

function numbers(elements, names) {
  const given = names.map((name) => [name, Number(elements[name].value)]);
  return Object.fromEntries(given.filter(([, value]) => value > 0));
}

/**
 * For each trigger its name, and what a list says of a reminder with it. Where it has settings, also their part of the
 * form, and what that says as the API takes it.
 */
export const TRIGGERS = {
  time_based: {
    name: "At a time",
    words: ({ recurrence_words: words }) => words?.en,
  },
  status_change: {
    name: "When the status of the case changes",
    words: ({ trigger_config: { target_status: target } }) =>
      target ? `when the status becomes ${target}` : "when the status changes",
    fields: ({ target_status: target, from_status: from }) => row(
      field("Becomes", input("target_status", target ?? "", { placeholder: "any" })),
      field("Was", input("from_status", from ?? "", { placeholder: "any" })),
    ),
    config: (elements) => texts(elements, ["target_status", "from_status"]),
  },
  deadline_approaching: {
    name: "Before the deadline of the case",
    words: () => "before the deadline",
    // A new one comes a day before.
    fields: (config, isNew) => row(
      ["days", "hours", "minutes"].map((unit) => {
        const before = config[`${unit}_before`] ?? (unit === "days" && isNew ? 1 : 0);
        const name = `${unit.charAt(0).toUpperCase()}${unit.slice(1)} before`;
        return field(name, input(`${unit}_before`, before, { type: "number", min: 0, max: 999 }));
      }),
    ),
    config: (elements) => numbers(elements, ["days_before", "hours_before", "minutes_before"]),
  },
};
