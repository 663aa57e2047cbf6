/**
 * The rules of RFC 5545 that the editor has fields for: from a rule to the fields, and back. What a rule means, in words
 * and in dates, says the API.
 */

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
const POSITIONS = ["1", "2", "3", "4", "-1"];

/** A rule as the parts of the editor; null for one that it does not know in full. */
export function parse(rule) {
  const parts = Object.fromEntries(
    rule.replace(/^RRULE:/i, "").split(";").filter(Boolean).map((part) => part.toUpperCase().split("=")),
  );
  const known = ["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL", "WKST"];
  if (!FREQUENCIES.includes(parts.FREQ) || Object.keys(parts).some((name) => !known.includes(name))) return null;
  const days = (parts.BYDAY ?? "").split(",").filter(Boolean).map((day) => /^(-?\d)?(\w\w)$/.exec(day));
  if (days.some((day) => !day || !WEEKDAYS.includes(day[2]))) return null;
  const positions = [...new Set(days.map((day) => day[1] ?? ""))];
  const numbers = (parts.BYMONTHDAY ?? "").split(",").filter(Boolean).map(Number);
  const plainWeek = parts.FREQ === "WEEKLY" && positions.every((position) => !position);
  const oneInMonth = parts.FREQ === "MONTHLY" && days.length === 1 && POSITIONS.includes(positions[0]);
  if (days.length && !plainWeek && !oneInMonth) return null;
  const dayOfMonth = numbers.length === 1 && parts.FREQ === "MONTHLY" && numbers[0] >= -1;
  if (numbers.length && !dayOfMonth) return null;
  return {
    frequency: parts.FREQ,
    interval: Number(parts.INTERVAL ?? 1),
    weekdays: days.map((day) => day[2]),
    position: oneInMonth ? Number(positions[0]) : null,
    monthDay: numbers[0] ?? null,
    count: parts.COUNT ? Number(parts.COUNT) : null,
    until: parts.UNTIL ? parts.UNTIL.replace(/^(\d{4})(\d\d)(\d\d).*/, "$1-$2-$3") : null,
  };
}

/** The rule of the parts. */
export function rule({ frequency, interval, weekdays, position, monthDay, count, until }) {
  const parts = [`FREQ=${frequency}`];
  if (interval > 1) parts.push(`INTERVAL=${interval}`);
  if (weekdays?.length) parts.push(`BYDAY=${weekdays.map((day) => `${position ?? ""}${day}`).join(",")}`);
  if (monthDay != null) parts.push(`BYMONTHDAY=${monthDay}`);
  if (count) parts.push(`COUNT=${count}`);
  else if (until) parts.push(`UNTIL=${until.replaceAll("-", "")}T235959`);
  return parts.join(";");
}
