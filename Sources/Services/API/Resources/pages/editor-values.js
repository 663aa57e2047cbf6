/** What the form of a reminder says, as the API takes it. */

import { rule } from "./recurrence.js";
import { TRIGGERS } from "./triggers.js";
import { CHANNELS } from "./words.js";

/** The recurrence that is chosen: its type, and its rule where that is one. */
export function recurrence({ elements }) {
  const how = elements.repeat.value;
  if (how === "rrule") return { recurrence_type: "rrule", rrule: elements.rrule.value.trim() };
  if (how !== "custom") return { recurrence_type: how, rrule: null };
  const frequency = elements.frequency.value;
  const by = elements.month_by.value;
  const onWeekday = frequency === "MONTHLY" && !["date", "last"].includes(by);
  const days = [...elements.weekdays].filter((day) => day.checked).map((day) => day.value);
  const weekdays = frequency === "WEEKLY" ? days : onWeekday ? [elements.month_weekday.value] : [];
  const rrule = rule({
    frequency,
    interval: Number(elements.interval.value) || 1,
    weekdays,
    position: onWeekday ? Number(by) : null,
    monthDay: frequency === "MONTHLY" && by === "last" ? -1 : null,
    count: elements.end.value === "count" ? Number(elements.count.value) : null,
    until: elements.end.value === "until" ? elements.until.value : null,
  });
  return { recurrence_type: "rrule", rrule };
}

/** When it comes: the fields that a preview and a reminder have in common. */
export function schedule(form) {
  const { elements } = form;
  return {
    ...recurrence(form),
    time_zone: elements.time_zone.value,
    scheduled_at: `${elements.scheduled_local.value}:00`,
    month_end: elements.month_end.value,
  };
}

/** All fields of the reminder. */
export function wanted(form) {
  const { elements } = form;
  const kind = elements.trigger_type.value;
  const chosen = (isChecked) =>
    elements.own_channels.checked
      ? Object.keys(CHANNELS).filter((channel) => elements[`notify_${channel}`].checked === isChecked)
      : null;
  return {
    title: elements.title.value.trim(),
    message: elements.message.value.trim() || null,
    priority: elements.priority.value,
    trigger_type: kind,
    channels: chosen(true),
    channels_off: chosen(false),
    ...(kind === "time_based" ? schedule(form) : {}),
    trigger_config: TRIGGERS[kind].config?.(elements) ?? {},
  };
}
