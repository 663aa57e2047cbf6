/**
 * Recurrence as the editor knows it: a part of RFC 5545 in words, as a rule, and as the next dates on the wall clock.
 * The server computes what counts; this shows it while one is still choosing.
 */

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const UNITS = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" };
const POSITIONS = { 1: "first", 2: "second", 3: "third", 4: "fourth", "-1": "last" };
export const PRESETS = { daily: "FREQ=DAILY", weekly: "FREQ=WEEKLY", monthly: "FREQ=MONTHLY" };

/** A rule as the parts of the editor; null for one that it does not know in full. */
export function parse(rule) {
  const parts = Object.fromEntries(
    rule.replace(/^RRULE:/i, "").split(";").filter(Boolean).map((part) => part.toUpperCase().split("=")),
  );
  const known = ["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL", "WKST"];
  if (!UNITS[parts.FREQ] || Object.keys(parts).some((name) => !known.includes(name))) return null;
  const days = (parts.BYDAY ?? "").split(",").filter(Boolean).map((day) => /^(-?\d)?(\w\w)$/.exec(day));
  if (days.some((day) => !day || !WEEKDAYS.includes(day[2]))) return null;
  const positions = [...new Set(days.map((day) => day[1] ?? ""))];
  const numbers = (parts.BYMONTHDAY ?? "").split(",").filter(Boolean).map(Number);
  const plainWeek = parts.FREQ === "WEEKLY" && positions.every((position) => !position);
  const oneInMonth = parts.FREQ === "MONTHLY" && days.length === 1 && POSITIONS[positions[0]];
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

const list = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const ordinal = (number) => `${number}${ENDINGS[new Intl.PluralRules("en", { type: "ordinal" }).select(number)]}`;
const dateWords = (date, style) => new Intl.DateTimeFormat("en-GB", { ...style, timeZone: "UTC" }).format(date);

/** "Every 2 weeks on Monday and Friday at 09:00, 10 times". `start` is a local time, 2026-03-01T09:00. */
export function words(type, text, start) {
  const time = start ? ` at ${start.slice(11, 16)}` : "";
  if (type === "once") return "Once";
  const parts = parse(type === "rrule" ? (text ?? "") : PRESETS[type]);
  if (!parts) return `By the rule ${text}`;
  const { frequency, interval, weekdays, count, until } = parts;
  const everyWorkday = frequency === "WEEKLY" && interval === 1 && weekdays.join() === "MO,TU,WE,TH,FR";
  const unit = interval > 1 ? `${interval} ${UNITS[frequency]}s` : UNITS[frequency];
  const every = everyWorkday ? "Every workday" : `Every ${unit}${onWhich(parts, start)}`;
  let end = "";
  if (count) end = count === 1 ? ", once" : `, ${count} times`;
  else if (until) end = `, until ${dateWords(new Date(until), { dateStyle: "medium" })}`;
  return every + time + end;
}

/** " on Monday and Friday", " on the last day"; without a start, nothing that hangs on it. */
function onWhich({ frequency, weekdays, position, monthDay }, start) {
  const date = start && new Date(`${start.slice(0, 10)}T00:00Z`);
  const names = list(weekdays.map((day) => DAYS[WEEKDAYS.indexOf(day)]));
  if (frequency === "WEEKLY" && weekdays.length) return ` on ${names}`;
  if (frequency === "WEEKLY" && date) return ` on ${DAYS[(date.getUTCDay() + 6) % 7]}`;
  if (frequency === "MONTHLY" && position) return ` on the ${POSITIONS[position]} ${names}`;
  if (frequency === "MONTHLY" && monthDay === -1) return " on the last day";
  if (frequency === "MONTHLY" && (monthDay || date)) return ` on the ${ordinal(monthDay ?? date.getUTCDate())}`;
  if (frequency === "YEARLY" && date) return ` on ${dateWords(date, { day: "numeric", month: "long" })}`;
  return "";
}

const DAY = 86400e3;
const iso = (date) => date.toISOString().slice(0, 10);
const lengthOf = (year, month) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** The next local times of a rule from `start` on, not before `from`; null for a rule that is not known in full. */
export function upcoming(type, text, start, { count = 5, from = start, monthEnd = "backward" } = {}) {
  if (type === "once") return start >= from ? [start] : [];
  const parts = parse(type === "rrule" ? (text ?? "") : PRESETS[type]);
  if (!parts) return null;
  const found = [];
  let left = parts.count ?? Infinity;
  for (const day of days(parts, new Date(`${start.slice(0, 10)}T00:00Z`), monthEnd)) {
    const local = `${day}${start.slice(10)}`;
    if (local < start) continue;
    if (left-- <= 0 || (parts.until && day > parts.until) || found.length === count) break;
    if (local >= from) found.push(local);
  }
  return found;
}

function* days({ frequency, interval, weekdays, position, monthDay }, first, monthEnd) {
  const [year, month, date] = [first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate()];
  const monday = first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY;
  for (let step = 0; step < 4000; step++) {
    const turn = step * interval;
    if (frequency === "DAILY") yield iso(new Date(first.getTime() + turn * DAY));
    else if (frequency === "WEEKLY") {
      const inWeek = weekdays.length ? weekdays.map(
        (day) => WEEKDAYS.indexOf(day),
      ).sort() : [(first.getUTCDay() + 6) % 7];
      for (const day of inWeek) yield iso(new Date(monday + (turn * 7 + day) * DAY));
    } else {
      const index = frequency === "YEARLY" ? month + turn * 12 : month + turn;
      const day = dayInMonth(year, index, { weekdays, position, monthDay: monthDay ?? date }, monthEnd);
      if (day) yield day;
    }
  }
}

function dayInMonth(year, month, { weekdays, position, monthDay }, monthEnd) {
  const length = lengthOf(year, month);
  const at = (day) => iso(new Date(Date.UTC(year, month, day)));
  if (position) {
    const weekday = (WEEKDAYS.indexOf(weekdays[0]) + 1) % 7;
    const first = 1 + ((weekday - new Date(Date.UTC(year, month, 1)).getUTCDay() + 7) % 7);
    return at(position > 0 ? first + (position - 1) * 7 : first + 7 * Math.floor((length - first) / 7));
  }
  if (monthDay === -1) return at(length);
  if (monthDay <= length) return at(monthDay);
  return { backward: at(length), forward: at(length + 1) }[monthEnd] ?? null;
}
