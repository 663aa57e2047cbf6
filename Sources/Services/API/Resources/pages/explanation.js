/** Why something was or was not sent, or will be: what the API explains, as people read it. */

import { get } from "./session.js";
import { make, put } from "./dom.js";
import { CHANNELS, reasonWords, stateWords, tone, when } from "./words.js";

const RULES = {
  channels: "Channels",
  ledger: "What is open",
  maximum_lateness: "Lateness",
  snoozed: "Snooze",
  switched_off: "Switches",
  quiet_hours: "Quiet hours",
  rate_limit: "Limit an hour",
};
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1).replaceAll("_", " ");

/** Times within a text, as the reader's clock shows them. */
const plain = (text) => String(text).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => when(time));
const time = (instant) => make("time", { datetime: instant, class: "quiet small" }, when(instant, { seconds: true }));

/** The state of a delivery as a word in its colour. */
export const tag = (state) => make("span", { class: `tag ${tone(state)}` }, stateWords(state));

/** The steps of a decision: what was looked at, what was found, what followed. */
export function steps(items) {
  if (!items?.length) return make("p", { class: "quiet" }, "Nothing stood in its way.");
  const step = ({ rule, value, consequence }) =>
    make(
      "li",
      {},
      make("b", {}, RULES[rule] ?? capital(rule)),
      `: ${plain(value)}`,
      make("div", { class: "quiet small" }, `→ ${plain(consequence)}`),
    );
  return make("ol", { class: "steps" }, items.map(step));
}

/** The tries of a delivery, with what the other side said. */
export function attempts(items) {
  if (!items?.length) return make("p", { class: "quiet" }, "Nothing was handed over.");
  const line = (one) =>
    make(
      "li",
      {},
      make("b", {}, `${one.attempt}. `),
      tag(one.outcome),
      " ",
      time(one.at),
      one.reason ? ` ${reasonWords(one.reason)}` : null,
      one.reply ? make("div", {}, make("code", {}, one.reply)) : null,
    );
  return make("ul", { class: "attempts" }, items.map(line));
}

const folded = (words, ...content) => make("details", {}, make("summary", {}, words), ...content);

function deliveryStory(delivery) {
  const decisions = [...(delivery.holds ?? []), ...(delivery.steps?.length ? [delivery] : [])];
  const hasMore = decisions.length > 0 || delivery.attempts?.length > 0;
  return make(
    "li",
    {},
    make("div", {}, make("b", {}, CHANNELS[delivery.channel] ?? ""), " ", tag(delivery.state)),
    make("div", {}, plain(delivery.words)),
    hasMore
      ? folded("Step by step", decisions.map((one) => steps(one.steps)), attempts(delivery.attempts))
      : null,
  );
}

function forecastStory(forecast) {
  if (!forecast) return null;
  const line = ({ channel, outcome, reason, at }) =>
    make(
      "li",
      { class: "row" },
      make("b", {}, CHANNELS[channel]),
      outcome === "waits" ? make("span", { class: "tag other" }, "Waits") : tag(outcome),
      reason ? reasonWords(reason) : null,
      at ? time(at) : null,
    );
  const decisions = (forecast.decisions ?? []).map((one) => [make("p", {}, "At ", time(one.at)), steps(one.steps)]);
  return make(
    "div",
    {},
    make("ul", { class: "attempts" }, forecast.channels.map(line)),
    decisions.length ? folded("Step by step", decisions) : null,
  );
}

function occurrenceStory({ words, why, due_at: due, deliveries, forecast }) {
  return make(
    "li",
    {},
    make("div", { class: "title" }, plain(words), time(due)),
    why ? make("div", { class: "small quiet" }, plain(why)) : null,
    make("ul", { class: "attempts" }, (deliveries ?? []).map(deliveryStory)),
    forecastStory(forecast),
  );
}

const MOST = 5;

/** What `…/explain` says of one reminder and one person. */
export function explanation({ summary, next, occurrences = [], skipped = [] }) {
  const missed = ({ count, due_at: due }) =>
    make("li", {}, `${count} skipped, the first due `, due ? time(due) : "before");
  return make(
    "div",
    { class: "stack" },
    make("p", {}, plain(summary)),
    next
      ? make("section", {}, make("h3", {}, "Next"), make("p", {}, plain(next.words)), forecastStory(next.forecast))
      : null,
    occurrences.length
      ? make(
          "section",
          {},
          make("h3", {}, occurrences.length > 1 ? "The latest times" : "What happened"),
          make("ul", { class: "list" }, occurrences.slice(0, MOST).map(occurrenceStory)),
        )
      : null,
    skipped.length
      ? make("section", {}, make("h3", {}, "Not made up for"), make("ul", {}, skipped.slice(0, MOST).map(missed)))
      : null,
  );
}

/** Opens what explains a reminder, in a dialog. */
export async function explainInDialog(title, reminderID, userID) {
  const place = make("div", {}, "Looking…");
  const close = () => dialog.close();
  const end = make("div", { class: "end" }, make("button", { type: "button", click: close }, "Close"));
  const form = make("form", { method: "dialog" }, make("h2", {}, title), place, end);
  const dialog = make("dialog", { "aria-label": title, close: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  try {
    put(place, explanation(await get(`/sag/reminders/${reminderID}/explain`, { user: userID })));
  } catch (problem) {
    put(place, make("p", { class: "problem" }, problem.message));
  }
}
