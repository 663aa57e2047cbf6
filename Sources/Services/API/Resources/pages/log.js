/** The delivery log: search, what waits, what died, and how it went over time. It refreshes itself. */

import { api, begin, get, repeat, session } from "./session.js";
import { byId, dotted, entry, facts, make, put } from "./dom.js";
import { lateness, outcomes } from "./charts.js";
import { attempts, explainInDialog, steps, tag } from "./explanation.js";
import { about, ago, CHANNELS, duration, OUTCOMES, reasonWords, when } from "./words.js";

const RANGES = {
  1: ["the last hour", 3600, "minute"],
  24: ["24 hours", 86400, "hour"],
  168: ["7 days", 7 * 86400, "hour"],
  720: ["30 days", 30 * 86400, "day"],
};
const SECONDS = { minute: 60, hour: 3600, day: 86400 };
const form = byId("filters");
const opened = new Set(); // deliveries whose rows are open
let limit = 50;

function furnishFilters() {
  const field = (words, control) => make("label", { class: "field" }, make("span", {}, words), control);
  const choice = (name, options, first) => {
    const select = make("select", { name });
    select.append(
      ...(first ? [make("option", { value: "" }, first)] : []),
      ...Object.entries(options).map(([value, words]) => make("option", { value }, words)),
    );
    return select;
  };
  const ranges = Object.fromEntries(Object.entries(RANGES).map(([hours, [words]]) => [hours, words]));
  put(
    form,
    field("Case", make("input", { name: "case_id", type: "search", placeholder: "123" })),
    field("Person", make("input", { name: "user", type: "search", placeholder: session.isAdmin ? "all" : "you" })),
    field("Channel", choice("channel", CHANNELS, "all")),
    field("Outcome", choice("outcome", OUTCOMES, "all")),
    field("Within", choice("hours", ranges)),
  );
  form.elements.hours.value = "24";
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of asked) if (form.elements[name]) form.elements[name].value = value;
}

const filters = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));

/** What the filters say, as the API asks for it; remembered in the address, so that it can be passed on. */
function wanted() {
  const { hours, ...rest } = filters();
  const [, seconds] = RANGES[hours];
  return { ...rest, from: new Date(Date.now() - seconds * 1000).toISOString() };
}

function remember() {
  history.replaceState(null, "", `?${new URLSearchParams(filters())}`);
}

async function showRecords() {
  const { items, next_cursor: more } = await get("/deliveries", { ...wanted(), limit });
  const head = [
    "When",
    "Reminder",
    "To",
    "Channel",
    "Outcome",
    "Late",
  ].map((words) => make("th", { scope: "col" }, words));
  const rows = items.flatMap(recordRows);
  const table = make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows));
  replaceKeepingFocus(byId("records"), items.length ? table : make("p", { class: "empty" }, "Nothing matches."));
  byId("more").hidden = !more || limit >= 100;
}

function recordRows(record) {
  const late = (Date.parse(record.recorded_at) - Date.parse(record.due_at)) / 1000;
  const isOpen = opened.has(record.delivery_id);
  const toggle = () => (isOpen ? opened.delete(record.delivery_id) : opened.add(record.delivery_id), showRecords());
  const opener = make(
    "button",
    { type: "button", class: "opener", "aria-expanded": String(isOpen), "data-key": record.delivery_id, click: toggle },
    record.title,
  );
  const row = make(
    "tr",
    {},
    make(
      "td",
      { class: "numbers" },
      make(
        "time",
        { datetime: record.recorded_at, title: record.recorded_at },
        when(record.recorded_at, { seconds: true }),
      ),
    ),
    make("td", {}, opener, make("div", { class: "small quiet" }, about(record.entity_type, record.case_id))),
    make("td", { class: "tight" }, record.user_id),
    make("td", { class: "tight" }, CHANNELS[record.channel]),
    make(
      "td",
      {},
      tag(record.outcome),
      record.reason ? make("div", { class: "small quiet" }, reasonWords(record.reason)) : null,
    ),
    make("td", { class: "numbers" }, duration(late)),
  );
  return isOpen ? [row, detailsRow(record)] : [row];
}

const details = new Map(); // what was fetched of them

function detailsRow(record) {
  const place = make("td", { colspan: 6 }, details.get(record.delivery_id) ?? "Looking…");
  if (!details.has(record.delivery_id)) {
    get(`/deliveries/${record.delivery_id}`)
      .then((delivery) => details.set(record.delivery_id, deliveryDetails(delivery)))
      .catch((problem) => details.set(record.delivery_id, make("p", { class: "problem" }, problem.message)))
      .then(() => put(place, details.get(record.delivery_id)));
  }
  return make("tr", { class: "opened" }, place);
}

const AGAIN = ["dead", "rejected", "unknown"]; // what an operator may ask for again

async function retryDelivery(event, delivery) {
  event.currentTarget.disabled = true;
  await api("POST", `/deliveries/${delivery.delivery_id}/retry`, { body: {} }).catch((problem) => alert(problem.message));
  details.delete(delivery.delivery_id);
  refresh();
}

function deliveryDetails(delivery) {
  const why = () => explainInDialog(`Why “${delivery.title}”`, delivery.reminder_id, delivery.user_id);
  return make(
    "div",
    { class: "columns" },
    make(
      "div",
      {},
      make("h3", {}, "What was tried"),
      attempts(delivery.attempts),
      facts(
        [
          ["Due", when(delivery.due_at, { seconds: true })],
          ["Reply", delivery.reply],
          ["Delivery", delivery.delivery_id],
          ["Asked for again", delivery.generation ? `${delivery.generation} ×` : null],
          ["Occurrence", delivery.occurrence_id],
        ],
      ),
    ),
    make(
      "div",
      {},
      make("h3", {}, "What was decided"),
      (delivery.holds ?? []).map((hold) => steps(hold.steps)),
      steps(delivery.steps),
      make("button", { type: "button", "data-key": `story ${delivery.delivery_id}`, click: why }, "The whole story"),
      session.isAdmin && AGAIN.includes(delivery.state)
        ? make(
          "button",
          {
            type: "button",
            "data-key": `again ${delivery.delivery_id}`,
            click: (event) => retryDelivery(event, delivery),
          },
          "Send it again",
        )
        : null,
    ),
  );
}

async function showWaiting() {
  const { user, channel, case_id, ...rest } = filters();
  const query = { user, channel, case_id, limit: 50 };
  const { items, next_cursor: more } = await get("/deliveries/waiting", query);
  const line = (item) =>
    entry(
      [
        item.title,
        make(
          "span",
          { class: "when" },
          item.release_at ? `until ${when(item.release_at)}` : `due ${when(item.due_at)}`,
        ),
      ],
      make(
        "div",
        { class: "small quiet row" },
        item.reason ? make("span", { class: "tag other" }, reasonWords(item.reason)) : tag(item.state ?? "requested"),
        dotted(about(item.entity_type, item.case_id), `to ${item.user_id}`, CHANNELS[item.channel]),
        make(
          "button",
          {
            type: "button",
            class: "plain",
            "data-key": `why ${item.delivery_id ?? `${item.reminder_id} ${item.user_id}`}`,
            "aria-label": `Why ${item.title} waits`,
            click: () => explainInDialog(`Why “${item.title}” waits`, item.reminder_id, item.user_id),
          },
          "Why?",
        ),
      ),
    );
  replaceKeepingFocus(
    byId("waiting"),
    items.length ? make(
      "ul",
      { class: "list" },
      items.slice(0, 8).map(line),
    ) : make("p", { class: "empty" }, "Nothing waits."),
    items.length > 8 ? make(
      "p",
      { class: "quiet small" },
      `and ${more ? "more than " : ""}${items.length - 8} others`,
    ) : "",
  );
  return [items.filter((item) => item.reason).length, more];
}

async function showDead() {
  if (!session.isAdmin) return [0];
  const { items, next_cursor: more } = await get("/dead-letters", { limit: 50 });
  byId("dead-card").hidden = !items.length;
  replaceKeepingFocus(byId("dead"), make("ul", { class: "list" }, items.map(deadLetter)));
  return [items.length, more];
}

const inside = new Map(); // dead letters that were looked into

function deadLetter(letter) {
  const settle = async (event, kind) => {
    event.currentTarget.disabled = true;
    await api("POST", `/dead-letters/${letter.id}/${kind}`, { body: {} }).catch((problem) => alert(problem.message));
    refresh();
  };
  const discard = (event) => confirm(`Discard this message from ${letter.queue} for ever?`) && settle(event, "discard");
  const look = async () => {
    if (!inside.delete(letter.id)) inside.set(letter.id, content(await get(`/dead-letters/${letter.id}`)));
    showDead();
  };
  const button = (words, click, name = "") => make(
    "button",
    {
      type: "button",
      class: name,
      click,
      "data-key": `${words} ${letter.id}`,
      "aria-label": `${words} dead letter ${letter.id}`,
    },
    words,
  );
  return entry(
    [
      letter.type ?? letter.queue,
      make("span", { class: "when" }, ago(letter.created_at)),
    ],
    make("div", { class: "small" }, letter.reason, make("span", { class: "quiet" }, ` · from ${letter.queue}`)),
    make(
      "div",
      { class: "row" },
      button("Retry", (event) => settle(event, "retry")),
      button("Discard", discard, "danger"),
      button("Look inside", look, "plain"),
    ),
    inside.get(letter.id)?.cloneNode(true),
  );
}

/** What a dead letter holds: its headers, and its body as it came. */
function content({ message_id: id, content_type: type, headers, body, body_base64: bytes }) {
  return make(
    "div",
    {},
    facts([["Message", id], ["Content type", type], ...(headers ?? []).map(({ name, value }) => [name, value])]),
    make("pre", { class: "code", tabindex: "0" }, body ?? bytes ?? ""),
  );
}

async function showStatistics() {
  if (!session.isAdmin) return [];
  const [, seconds, bucket] = RANGES[form.elements.hours.value];
  const to = Date.now();
  const from = to - seconds * 1000;
  const { items } = await get(
    "/statistics/deliveries",
    { from: new Date(from).toISOString(), to: new Date(to).toISOString(), bucket },
  );
  byId("charts").hidden = false;
  const range = { from, to, seconds: SECONDS[bucket], width: Math.max(280, byId("outcomes").clientWidth) };
  put(byId("outcomes"), outcomes(items, range));
  put(byId("lateness"), lateness(items, range));
  return items;
}

function showFigures(items, [held, moreHeld], [dead, moreDead]) {
  const count = (...names) => items.filter((item) => names.includes(item.outcome)).reduce(
    (sum, item) => sum + item.deliveries,
    0,
  );
  const sent = items.filter((item) => item.outcome === "sent" && item.p99_seconds != null);
  const figure = (value, words, name = "") => make(
    "div",
    { class: `figure ${name}` },
    make("b", {}, value),
    make("span", {}, words),
  );
  const failed = count("rejected", "dead", "unknown");
  const figures = [
    session.isAdmin && figure(count("sent").toLocaleString("en-GB"), "sent", ""),
    session.isAdmin && figure(
      sent.length ? duration(Math.max(...sent.map((item) => item.p99_seconds))) : "–",
      "late at most, 99 of 100",
    ),
    figure(`${held}${moreHeld ? "+" : ""}`, "held back now", held ? "other" : ""),
    session.isAdmin && figure(failed.toLocaleString("en-GB"), "failed for good", failed ? "bad" : ""),
    session.isAdmin && figure(`${dead}${moreDead ? "+" : ""}`, "dead letters", dead ? "bad" : ""),
  ];
  put(byId("figures"), figures);
}

/** What is refreshed stays as it is where nothing changed, and keeps the focus of the person who is at it. */
function replaceKeepingFocus(place, ...children) {
  const fresh = make("div", {}, children);
  const old = [...place.childNodes];
  if (old.length === fresh.childNodes.length && old.every(
    (node, index) => node.isEqualNode(fresh.childNodes[index]),
  )) return;
  const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
  put(place, [...fresh.childNodes]);
  if (key) [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

async function refresh() {
  const [items, waiting, dead] = await Promise.all([showStatistics(), showWaiting(), showDead(), showRecords()]);
  showFigures(items, waiting, dead);
  byId("fresh").textContent = `As of ${when(Date.now(), { seconds: true })}`;
}

if (await begin({ prefersAdmin: true })) {
  byId("scope").textContent = session.isAdmin
    ? "Every delivery of everybody, with its attempts and its reasons."
    : "Your deliveries. Operators see everybody’s, with charts and dead letters.";
  furnishFilters();
  let typing;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => (remember(), refresh()), 250);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", () => ((limit = 100), showRecords()));
  repeat(5, async () => byId("live").checked && refresh());
}
