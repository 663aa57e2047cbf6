/** The demo: a reminder is created, and everything that comes of it is shown beside it. */

import { api, begin, get, repeat, session, showProblem } from "./session.js";
import { byId, icon, make, put } from "./dom.js";
import { explanation } from "./explanation.js";
import { CHANNELS, PRIORITIES, duration, reasonWords, when } from "./words.js";

const CASE = "123";
const LANES = {
  frontend: ["In the browser", "The pop-up comes here."],
  email: ["By mail", "What the mail catcher takes is shown here."],
  mattermost: ["In Mattermost", "What the webhook receives is shown here."],
};
const form = byId("create");
const lanes = {};
/** What is under way: the reminder, its due time, and per channel what became of it. */
let current = null;

function furnish() {
  const option = (name, value, words, checked) =>
    make("label", {}, make("input", { type: "radio", name, value, checked }), words);
  put(
    byId("seconds"),
    [["3", "in 3 s"], ["10", "in 10 s"], ["60", "in a minute"]].map(
      ([value, words]) => option("seconds", value, words, value === "10"),
    ),
  );
  put(
    byId("priority"),
    Object.entries(PRIORITIES).map(([value, words]) => option("priority", value, words, value === "normal")),
  );
  put(
    byId("channels"),
    Object.keys(LANES).filter((channel) => CHANNELS[channel]).map(
      (value) => make(
        "label",
        { class: "check" },
        make("input", { type: "checkbox", name: value, checked: true }),
        CHANNELS[value],
      ),
    ),
  );
  const cards = Object.entries(LANES).map(([channel, [title, hint]]) => {
    const status = make("span", { class: "tag" }, "nothing yet");
    const body = make("div", {}, make("p", { class: "waiting" }, hint));
    lanes[channel] = { status, body };
    return make(
      "section",
      { class: "card lane" },
      make("h2", {}, icon(channel), title, make("span", { class: "actions" }, status)),
      body,
    );
  });
  put(byId("lanes"), cards);
  byId("no-demo").hidden = Boolean(session.demo?.catcher);
  showPath();
  showCurl();
  for (const type of ["input", "change"]) form.addEventListener(type, showCurl);
}

const values = () => Object.fromEntries(new FormData(form));

function reminder() {
  const { title, message, priority, ...rest } = values();
  const at = new Date(Date.now() + Number(rest.seconds) * 1000);
  const channels = Object.fromEntries(Object.keys(LANES).map((channel) => [`notify_${channel}`, channel in rest]));
  return { title, message, priority, scheduled_at: at.toISOString(), ...channels };
}

function showCurl() {
  const { title, priority, seconds } = values();
  const body = JSON.stringify({ title, priority }).slice(0, -1).replaceAll("'", "’");
  byId("curl").textContent = `curl ${location.origin}/api/v1/sag/${CASE}/reminders \\
  -H "Authorization: Bearer $(reminders token --user ${session.userID ?? 1})" \\
  -H "Content-Type: application/json" \\
  -d '${body},
       "scheduled_at": "'$(date -u -d '+${seconds} seconds' +%FT%TZ)'"}'`;
}

async function create(event) {
  event.preventDefault();
  byId("go").disabled = true;
  try {
    const body = reminder();
    const created = await api("POST", `/sag/${CASE}/reminders`, { body });
    showProblem(byId("problem"), null, form);
    const wanted = Object.keys(LANES).filter((channel) => body[`notify_${channel}`]);
    current = { ...created, due: Date.parse(created.scheduled_at), wanted, arrived: {}, explained: false };
    for (const channel of Object.keys(LANES)) {
      const time = when(created.scheduled_at, { seconds: true });
      const words = wanted.includes(channel) ? `It comes at ${time}.` : "Not chosen.";
      show(channel, wanted.includes(channel) ? "waits" : "not chosen", "", make("p", { class: "waiting" }, words));
    }
    const hint = "As soon as it has come, its reasons are shown here.";
    put(byId("why"), make("p", { class: "empty" }, hint));
    tick();
  } catch (problem) {
    showProblem(byId("problem"), problem, form);
  }
  byId("go").disabled = false;
}

function show(channel, state, tone, content) {
  const { status, body } = lanes[channel];
  status.textContent = state;
  status.className = `tag ${tone}`;
  put(body, content);
}

/** A channel has brought the current reminder at `time`. */
function arrive(channel, time, content) {
  if (current.arrived[channel]) return;
  current.arrived[channel] = time;
  show(channel, `${duration(Math.max(0, (time - current.due) / 1000))} after its time`, "good", content);
  tick();
}

function showPopup({ detail: popup }) {
  if (popup.reminder_id !== current?.id) return;
  const words = "It is at the edge of this page. Snooze it there, or say that you got it: all tabs and devices follow.";
  arrive(
    "frontend",
    Date.now(),
    make(
      "div",
      { class: "paper" },
      make("div", { class: "subject" }, popup.title),
      make("p", { class: "small quiet" }, words),
    ),
  );
}

function showAnswer({ detail }) {
  if (!current?.arrived.frontend) return;
  const words = {
    snoozed: "Snoozed: it comes again at its time.",
    dismissed: "Dismissed, for ever.",
    acknowledged: "Seen.",
  };
  const text = words[detail.how];
  if (text) lanes.frontend.body.append(make("p", { class: "note" }, text));
}

async function lookAtCatcher() {
  const { demo } = session;
  if (!demo?.catcher || !current || !waitsFor("email", "mattermost")) return;
  const caught = async (path) => (await fetch(`${demo.catcher}${path}`)).json();
  const fresh = (one) => Date.parse(one.received_at) >= current.due - 2000;
  const [mails, posts] = await Promise.all([caught("/mail"), caught("/posts")]);
  const mail = mails.find((one) => fresh(one) && `${one.subject}\n${one.text}`.includes(current.title));
  if (mail) arrive("email", Date.parse(mail.received_at), mailPaper(mail));
  const post = posts.find(
    (one) => fresh(one) && JSON.stringify(one.json ?? one.body).includes(JSON.stringify(current.title).slice(1, -1)),
  );
  if (post) arrive("mattermost", Date.parse(post.received_at), postPaper(post));
}

const waitsFor = (...channels) => channels.some(
  (channel) => current.wanted.includes(channel) && !current.arrived[channel],
);

function mailPaper(mail) {
  const line = (name, value) => [make("dt", {}, name), make("dd", {}, value)];
  return make(
    "div",
    { class: "paper" },
    make("dl", { class: "small" }, line("From", mail.headers?.From ?? mail.from), line("To", mail.to.join(", "))),
    make("div", { class: "subject" }, mail.subject),
    make("pre", {}, (mail.text ?? mail.raw ?? "").trim()),
  );
}

function postPaper({ json }) {
  const attachments = (json?.attachments ?? []).map((one) =>
    make(
      "div",
      { class: "post" },
      make("b", {}, one.title ?? one.fallback),
      make("p", {}, one.text ?? ""),
      (one.fields ?? []).map(
        (field) => make(
          "div",
          { class: "small" },
          make("span", { class: "quiet" }, `${field.title}: `),
          String(field.value),
        ),
      ),
    ));
  return make(
    "div",
    { class: "paper" },
    make(
      "div",
      { class: "small quiet" },
      `${json?.username ?? "Webhook"} → ${json?.channel ?? "the webhook's channel"}`,
    ),
    json?.text ? make("p", {}, json.text) : null,
    attachments,
  );
}

/** What did not come at its time is held: the ledger knows until when, and why. */
async function lookAtLedger() {
  if (!current || Date.now() < current.due + 1500 || !waitsFor(...Object.keys(LANES))) return;
  const { items } = await get("/deliveries/waiting", { reminder_id: current.id });
  for (const { channel, reason, release_at: until } of items) {
    // What is overdue has no channel yet.
    if (!channel || current.arrived[channel] || !reason) continue;
    const words = `Held: ${reasonWords(reason)}.${until ? ` It goes out at ${when(until)}.` : ""}`;
    show(channel, "held", "other", make("p", { class: "waiting" }, words));
    current.held = { ...current.held, [channel]: true };
  }
}

async function explain() {
  if (!current || current.explained || Date.now() < current.due + 1000) return;
  if (waitsFor(...Object.keys(LANES)) && Date.now() < current.due + 4000) return;
  current.explained = true;
  put(byId("why"), explanation(await get(`/sag/reminders/${current.id}/explain`)));
}

function showPath() {
  const left = current ? Math.ceil((current.due - Date.now()) / 1000) : null;
  const step = (words, state, beside = "") => make(
    "li",
    { class: state },
    make("span", {}, words),
    make("span", { class: "quiet numbers" }, beside),
  );
  let due = step("Its time comes", "");
  if (left > 0) due = step("Its time comes", "now", `in ${left} s`);
  else if (left != null) due = step("Its time has come", "done", when(current.due, { seconds: true }));
  const channels = Object.entries(CHANNELS)
    .filter(([channel]) => !current || current.wanted.includes(channel))
    .map(([channel, name]) => {
      const at = current?.arrived[channel];
      if (at) return step(name, "done", `+ ${duration(Math.max(0, (at - current.due) / 1000))}`);
      if (current?.held?.[channel]) return step(`${name}: held`, "held");
      return step(name, left != null && left <= 0 ? "now" : "");
    });
  put(
    byId("path"),
    step("The reminder is created", current ? "done" : "", current ? `number ${current.id}` : ""),
    due,
    channels,
  );
}

let pathShown = "";
function tick() {
  const key = JSON.stringify(
    [
      current?.id,
      current && Math.max(0, Math.ceil((current.due - Date.now()) / 1000)),
      current?.arrived,
      current?.held,
    ],
  );
  if (key !== pathShown) showPath();
  pathShown = key;
}

form.addEventListener("submit", create);
document.addEventListener("reminders:show", showPopup);
document.addEventListener("reminders:settled", showAnswer);
await begin();
furnish();
setInterval(tick, 200);
repeat(0.5, lookAtCatcher);
repeat(2, async () => {
  await lookAtLedger();
  await explain();
});
