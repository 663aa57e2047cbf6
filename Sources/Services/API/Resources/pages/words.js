/** Names and times as people read them. */

/** The channels of this installation, as the API names them: filled before a page is shown. */
export const CHANNELS = {};
/** Lowest first. */
export const PRIORITIES = { low: "Low", normal: "Normal", high: "Important", urgent: "Urgent" };
export const ENTITIES = { case: "Case", task: "Task", bug: "Bug", project: "Project" };
export const OUTCOMES = {
  sent: "Sent", rejected: "Rejected", withdrawn: "Withdrawn", dropped: "Dropped", dry_run: "Dry run", dead: "Dead",
  unknown: "Unknown",
};
const STATES = {
  requested: "Handed on",
  held: "Held",
  overdue: "Overdue",
  sending: "Being sent",
  delivered: "Delivered",
  deferred: "Tried again later",
};
// Where the word itself says it, as with every reason to withdraw, there is nothing to add.
const REASONS = {
  quiet_hours: "quiet hours",
  rate_limited: "the limit of notifications an hour is reached",
  case_hidden: "the case, about which you may not know more",
  case_not_readable: "whoever set it may not know what the case says",
  private: "a reason that is theirs to know",
  rate_limited_others: "the limit of what others may send in an hour is reached",
  switched_off: "switched off by the operator",
  too_late: "too late",
  not_allowed_here: "not allowed here",
  no_channel: "no channel was chosen",
  no_address: "there is no address",
  bad_address: "nothing can be sent to what stands as the address",
  told_as_user: "a user with this address gets a mail of their own",
  unknown_user: "there is no such person",
  acknowledged: "seen",
  not_claimed: "overdue: no scheduler has taken it up",
  not_published: "overdue: no scheduler has published it",
  not_decided: "overdue: no rate-limiter has decided about it",
};
const TONES = {
  sent: "good",
  delivered: "good",
  rejected: "bad",
  dead: "bad",
  held: "other",
  unknown: "other",
  dropped: "other",
  deferred: "other",
};

/** Whether a priority is another, or above it. */
export const isAtLeast = (other, priority) => {
  const order = Object.keys(PRIORITIES);
  return order.indexOf(priority) >= order.indexOf(other);
};
export const stateWords = (state) => OUTCOMES[state] ?? STATES[state] ?? state;
export const reasonWords = (reason) => REASONS[reason] ?? reason?.replaceAll("_", " ");
export const tone = (state) => TONES[state] ?? "";
export const about = (type, id) => `${ENTITIES[type] ?? type} ${id}`;

let zone;
/** Times are shown on the clock of this zone from now on. */
export function useZone(name) {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    zone = name;
  } catch {
    // A zone this browser does not know: its own will do.
  }
}

const format = (date, style) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...style }).format(date);
const dayOf = (date) => format(date, { dateStyle: "short" });

/** "14:05", "tomorrow 14:05", "Mon 3 Mar, 14:05" or with the year. */
export function when(instant, { seconds = false } = {}) {
  const date = new Date(instant);
  const time = format(date, { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) });
  const now = Date.now();
  if (dayOf(date) === dayOf(now)) return time;
  if (dayOf(date) === dayOf(now + 86400e3)) return `tomorrow ${time}`;
  if (dayOf(date) === dayOf(now - 86400e3)) return `yesterday ${time}`;
  const near = Math.abs(date - now) < 300 * 86400e3;
  const day = format(date, { weekday: "short", day: "numeric", month: "short", year: near ? undefined : "numeric" });
  return `${day}, ${time}`;
}

/** "in 5 minutes", "2 hours ago". */
export function ago(instant) {
  const seconds = (Date.parse(instant) - Date.now()) / 1000;
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, one]) => Math.abs(seconds) >= one) ?? units[3];
  return new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** "0.04 s", "12 s", "3 min", "2.5 h". */
export function duration(seconds) {
  if (seconds == null) return "–";
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} d`;
}
