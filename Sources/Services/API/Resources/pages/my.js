/** A person's inbox: what waits for them, what is held and why, what comes and what came. */

import { api, begin, get, repeat, session } from "./session.js";
import { byId, dotted, entry, make, put } from "./dom.js";
import { editReminder } from "./editor.js";
import { explainInDialog, tag } from "./explanation.js";
import { showPreferences } from "./preferences.js";
import { TRIGGERS } from "./triggers.js";
import { about, ago, CHANNELS, isAtLeast, PRIORITIES, reasonWords, useZone, when } from "./words.js";

const button = (words, click, attributes = {}) => make(
  "button",
  { type: "button", class: "plain", click, ...attributes },
  words,
);
const empty = (words) => make("p", { class: "empty" }, words);
const list = (items, words) => (items.length ? make("ul", { class: "list" }, items) : empty(words));
const urgency = ({ priority }) => isAtLeast("high", priority) && make(
  "span",
  { class: `tag ${isAtLeast("urgent", priority) ? "bad" : "other"}` },
  PRIORITIES[priority],
);
let preferences = {};

async function showNow() {
  const { items } = await get("/reminders/pending/me", { limit: 20 });
  const { connection } = session.toasts;
  const line = (popup) =>
    entry(
      [
        popup.title,
        urgency(popup),
        make("time", { datetime: popup.due_at }, ago(popup.due_at)),
      ],
      popup.message ? make("div", { class: "small" }, popup.message) : null,
      make(
        "div",
        { class: "small quiet" },
        dotted(
          about(popup.entity_type, popup.case_id),
          popup.case_title,
          popup.creator && `created by ${popup.creator}`,
        ),
      ),
      make(
        "div",
        { class: "row" },
        button("Got it", () => connection.acknowledge(popup)),
        button("Snooze an hour", () => connection.snooze(popup, { minutes: 60 })),
        popup.recurring ? button("Not this time", () => connection.dismiss(popup, { once: true })) : null,
        button(popup.recurring ? "Never again" : "Dismiss", () => connection.dismiss(popup)),
      ),
    );
  put(byId("now"), list(items.map(line), "Nothing waits for you."));
}

async function showHeld() {
  const { items } = await get("/deliveries/waiting", { user: session.userID, limit: 20 });
  // What goes out together is one line, with its channels.
  const together = ({ occurrence_id: occurrence, reason, release_at: until }) => `${occurrence} ${reason} ${until}`;
  const held = [...Map.groupBy(items.filter((item) => item.reason), together).values()];
  byId("held-card").hidden = !held.length;
  const line = ([item, ...others]) =>
    entry(
      [
        item.title,
        [item, ...others].filter(({ channel }) => channel)
          .map(({ channel }) => make("span", { class: "tag" }, CHANNELS[channel])),
        item.release_at ? make("time", { datetime: item.release_at }, `until ${when(item.release_at)}`) : null,
      ],
      make(
        "div",
        { class: "small" },
        make("span", { class: "tag other" }, reasonWords(item.reason)),
        " ",
        button("Why?", () => explainInDialog(`Why “${item.title}” is held`, item.reminder_id)),
      ),
    );
  put(byId("held"), list(held.map(line), ""));
}

async function showUpcoming() {
  const { items } = await get("/reminders", { hours_ahead: 8784, limit: 20 });
  const numbers = items.map(({ id }) => Number(String(id).replace(/\D/g, "")));
  const found = await Promise.all(numbers.map((id) => get(`/sag/reminders/${id}`).catch(() => null)));
  const coming = found.filter((one) => one?.next_check_at).sort(
    (one, other) => one.next_check_at.localeCompare(other.next_check_at),
  );
  put(byId("upcoming"), list(coming.map(upcomingLine), "Nothing is planned. “New reminder” changes that."));
}

function upcomingLine(reminder) {
  const channels = Object.entries(CHANNELS).filter(
    ([channel]) => reminder.channels.includes(channel)
      || (!reminder.channels_off.includes(channel) && preferences.channels.includes(channel)),
  );
  const mine = reminder.created_by === session.userID;
  const remove = async (event) => {
    if (!confirm(`Delete “${reminder.title}”?`)) return;
    event.currentTarget.disabled = true;
    await api("DELETE", `/sag/reminders/${reminder.id}`);
    refresh();
  };
  return entry(
    [
      reminder.title,
      urgency(reminder),
      make("time", { datetime: reminder.next_check_at }, when(reminder.next_check_at)),
    ],
    make(
      "div",
      { class: "small quiet" },
      dotted(
        about(reminder.entity_type, reminder.sag_id),
        TRIGGERS[reminder.trigger_type]?.words(reminder),
        channels.map(([, name]) => name).join(", "),
      ),
    ),
    make(
      "div",
      { class: "row" },
      mine ? button(
        "Change",
        async () => (await editReminder(reminder, preferences)) && refresh(),
        { "aria-label": `Change ${reminder.title}` },
      ) : null,
      button(
        "Will it reach me?",
        () => explainInDialog(`Will “${reminder.title}” reach me?`, reminder.id),
        { "aria-label": `Will ${reminder.title} reach me?` },
      ),
      mine ? button("Delete", remove, { class: "plain danger", "aria-label": `Delete ${reminder.title}` }) : null,
    ),
  );
}

let shown = 10;
async function showHistory() {
  const { items, next_cursor: more } = await get("/deliveries", { user: session.userID, limit: shown });
  const line = (item) =>
    entry(
      [
        item.title,
        make("time", { datetime: item.recorded_at, title: item.recorded_at }, when(item.recorded_at)),
      ],
      make(
        "div",
        { class: "small quiet row" },
        tag(item.outcome),
        dotted(CHANNELS[item.channel], about(item.entity_type, item.case_id), reasonWords(item.reason)),
        button(
          "Why?",
          () => explainInDialog(`Why “${item.title}” came, or not`, item.reminder_id),
          { "aria-label": `Why ${item.title}, ${CHANNELS[item.channel]}?` },
        ),
      ),
    );
  const further = more ? button("Show more", () => ((shown = Math.min(100, shown + 20)), showHistory())) : null;
  put(byId("history"), list(items.map(line), "Nothing came yet."), further ?? "");
}

const refresh = () => Promise.all([showNow(), showHeld(), showUpcoming(), showHistory()]);

if (await begin()) {
  preferences = await showPreferences(byId("preferences"));
  useZone(preferences.time_zone);
  session.toasts.lang = preferences.locale ?? "en";
  byId("new").addEventListener("click", async () => (await editReminder(null, preferences)) && refresh());
  const again = repeat(15, refresh);
  for (const type of ["show", "settled"]) document.addEventListener(`reminders:${type}`, () => setTimeout(again, 300));
}
