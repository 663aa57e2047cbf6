/**
 * Reminders in the browser: `<reminder-toasts>` shows them, `connect()` is the same without a look.
 *
 *     <script type="module" src="/reminders-toast.js"></script>
 *     <reminder-toasts api="/api/v1" lang="da"></reminder-toasts>
 *
 * docs/widget.md says more. At most 12 kB gzipped: a test counts.
 */

// --- connection

const TOKEN_KEYS = ["access_token", "token", "auth_token", "jwt"];

/** The first token in localStorage, sessionStorage or a cookie, or null. */
export function storedToken(keys = TOKEN_KEYS) {
  for (const key of keys) {
    const cookie = document.cookie.split("; ").find((one) => one.startsWith(key + "="));
    const token = read("localStorage", key) || read("sessionStorage", key) || cookie?.slice(key.length + 1);
    if (token) return decodeURIComponent(token).replace(/^"|"$/g, "").replace(/^Bearer /i, "");
  }
  return null;
}

const read = (storage, key) => {
  try {
    return window[storage].getItem(key);
  } catch {
    return null; // forbidden here
  }
};
const write = (storage, key, value) => {
  try {
    window[storage].setItem(key, value);
  } catch {
    // Forbidden, too.
  }
};

/** Whose token it is: `sub` of a JWT, else a hash. Tabs of other people keep apart. */
function subject(token) {
  if (token == null) return null;
  try {
    return JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
  } catch {
    return [...token].reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) | 0, 7);
  }
}

/** Runs `work` while no other tab does; at once where there are no Web Locks (plain http). */
const exclusively = async (name, signal, work) =>
  navigator.locks ? navigator.locks.request(name, { signal }, work) : work();

/** Events: `show` (a pop-up), `settled` ({ids, how}), `state`, `auth-required`, `error`. */
class Connection extends EventTarget {
  popups = new Map(); // by id
  state = "idle";
  #settled = new Map(); // when, by id
  #unsent = [];
  #acted = new Map(); // pop-ups by action
  #last = 0;
  #listed = { items: [] };
  #skew = 0; // of our clock, in ms
  #round = 0;
  #wake = () => {};
  #cut = () => {};

  constructor(options) {
    super();
    this.getToken = () => storedToken(this.keys);
    Object.assign(this, { api: "/api/v1", pollSeconds: 30, hiddenSeconds: 30, asked: options.getToken }, options);
    const streams = this.stream ?? `${this.api}/reminders/stream`;
    this.streams = streams === "none" ? [] : streams.trim().split(/\s+/);
    const page = new AbortController();
    this.close = () => (page.abort(), this.#leave());
    const listen = (target, type, action) => target.addEventListener(type, action, { signal: page.signal });
    listen(document, "visibilitychange", () => this.#seen());
    listen(document, "freeze", () => this.#resign());
    listen(window, "pagehide", () => this.#resign());
    listen(window, "pageshow", () => this.#stand());
    listen(window, "offline", () => (this.#became("offline"), this.#cut()));
    listen(window, "online", () => (this.#wake(), this.#send()));
    listen(window, "storage", async () => {
      if (subject(await this.getToken()) !== this.#who) this.reconnect();
    });
  }

  #name;
  #channel;
  #campaign;
  #hidden;
  #who;
  #leads = false;

  /** Begins anew with the token there is now. */
  async reconnect() {
    this.#leave();
    const round = this.#round;
    const token = await this.getToken();
    if (round !== this.#round) return;
    const who = subject(token);
    if (who !== this.#who) {
      this.#forget([...this.popups.keys()], "withdrawn");
      this.#last = 0;
      this.#listed = { items: [] };
    }
    this.#who = who;
    this.#name = `reminders ${new URL(this.api, document.baseURI)} ${who}`;
    if (token == null) return this.#became("unauthorized");
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#heard(data);
    this.#tell({ hello: true });
    this.#stand();
    this.#send();
  }

  #leave() {
    this.#round++;
    this.#resign();
    this.#channel?.close();
    this.#channel = null;
  }

  // One tab leads: it holds a lock, and the connection. A tab stands for it while it is seen, and a little longer; so a
  // tab that is closed, hidden, frozen or killed is followed by another, and none leads when nobody looks.

  #stand() {
    if (this.#campaign || !this.#channel || document.hidden) return;
    const { signal } = (this.#campaign = new AbortController());
    exclusively(this.#name, signal, () => this.#lead(signal)).catch((error) => {
      if (!signal.aborted) this.#fail(error);
    });
  }

  #resign() {
    this.#campaign?.abort();
    this.#campaign = null;
    this.#cut();
    this.#wake();
  }

  #seen() {
    clearTimeout(this.#hidden);
    if (document.hidden) {
      const seconds = this.state === "stream" && navigator.locks ? this.hiddenSeconds : 0;
      this.#hidden = setTimeout(() => this.#resign(), seconds * 1000);
    } else {
      this.#stand();
      this.#wake();
    }
  }

  async #lead(signal) {
    this.#leads = true;
    this.#tell(this.#all());
    let failures = 0;
    let streamless = !this.streams.length;
    for (let turn = 0; !signal.aborted; turn++) {
      await this.#send();
      // Without a stream, one is looked for every tenth time.
      const url = (!streamless || turn % 10 === 9) && this.streams[turn % this.streams.length];
      const end = url ? await this.#follow(url) : {};
      if (signal.aborted) break;
      if (end.refused) await this.#otherToken(signal);
      if (url) streamless = end.none;
      failures = end.worked || end.refused ? 0 : failures + 1;
      if (failures > 1 || streamless) {
        await this.#pending().then(() => this.#became("poll"), () => this.#became("offline"));
      }
      const backoff = streamless ? this.pollSeconds : Math.min(this.#retry * 2 ** (failures - 1), this.pollSeconds);
      await this.#pause(Math.max(end.after || 0, backoff * (0.75 + Math.random() / 4)), signal);
    }
    this.#leads = false;
    this.#became("idle");
  }

  async #otherToken(signal) {
    this.#became("unauthorized");
    const refused = await this.getToken();
    while (!signal.aborted && (await this.getToken()) === refused) await this.#pause(this.pollSeconds, signal);
  }

  #retry = 1; // seconds

  #pause(seconds, signal) {
    return new Promise((done) => {
      this.#wake = done;
      setTimeout(done, seconds * 1000);
      if (signal.aborted) done();
    });
  }

  /** Follows the stream to its end. */
  async #follow(url) {
    const line = new AbortController();
    const cut = (this.#cut = () => line.abort());
    let silence = setTimeout(cut, 20e3);
    let worked = false;
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.#last) headers["Last-Event-ID"] = String(this.#last);
      const response = await this.#request(url, { headers, signal: line.signal });
      if (response.status === 401 || response.status === 403) return { refused: true };
      if (response.status === 429 || response.status >= 500) return { after: +response.headers.get("Retry-After") };
      if (!response.ok || !/^text\/event-stream/.test(response.headers.get("Content-Type"))) return { none: true };
      this.#became("stream");
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (let text = "", part; !(part = await reader.read()).done; ) {
        worked = true;
        clearTimeout(silence);
        silence = setTimeout(cut, 45e3); // three heartbeats
        const lines = (text + decoder.decode(part.value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
        text = lines.pop();
        lines.forEach((one) => this.#line(one));
      }
    } catch {
      // Broken: the next turn tries again.
    } finally {
      clearTimeout(silence);
      this.#event = {};
    }
    return { worked };
  }

  #event = {};

  #line(line) {
    if (line) {
      const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
      if (field === "retry") this.#retry = value / 1000 || 1;
      else this.#event[field] = field === "data" && "data" in this.#event ? `${this.#event.data}\n${value}` : value;
      return;
    }
    const { event, data } = this.#event;
    this.#event = {};
    try {
      if (event === "popup") {
        const popup = JSON.parse(data);
        this.#settled.delete(popup.id);
        this.#arrive([popup], true);
      } else if (event === "settled") this.#settle(JSON.parse(data));
      else if (event === "pending") this.#compare(JSON.parse(data).ids);
      else if (event === "reset") this.#pending().catch(() => {});
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Asks what is pending; what is there no more was settled. */
  async #pending() {
    const before = [...this.popups.keys()];
    const listed = this.#listed;
    const headers = listed.tag ? { "If-None-Match": listed.tag } : {};
    const response = await this.#request(`${this.api}/reminders/pending/me?limit=100`, { headers });
    if (response.status === 200) {
      const { items, next_cursor: more } = await response.json();
      this.#listed = { tag: response.headers.get("ETag"), items, more };
    } else if (response.status !== 304) {
      throw new Error(`pending/me: ${response.status}`);
    }
    const { items, more } = this.#listed;
    if (!more) this.#keep(items.map((popup) => popup.id), before);
    this.#arrive(items, true);
  }

  /** The stream tells the ids of all that is pending, or of the newest 100. */
  #compare(ids) {
    const least = ids.length < 100 ? 0 : ids[0];
    const shown = [...this.popups.keys()].filter((id) => id >= least);
    this.#keep(ids, shown);
    if (ids.some((id) => !this.popups.has(id) && !this.#settled.has(id))) this.#pending().catch(() => {});
  }

  #keep(ids, shown) {
    const gone = shown.filter((id) => !ids.includes(id));
    if (gone.length) this.#settle({ ids: gone, how: "withdrawn" });
  }

  #arrive(popups, tell) {
    const acted = new Set(this.#queue.map((action) => action.reminder));
    const fresh = popups
      .filter(({ id, reminder_id: reminder }) => !this.popups.has(id) && !acted.has(reminder))
      .filter(({ id }) => !(Date.now() - this.#settled.get(id) < 60e3))
      .sort((one, other) => one.id - other.id);
    for (const { id } of popups) this.#last = Math.max(this.#last, id);
    for (const popup of fresh) this.popups.set(popup.id, popup);
    if (fresh.length && tell) this.#tell({ popups: fresh, last: this.#last });
    for (const popup of fresh) this.#say("show", popup);
  }

  #settle(settled) {
    this.#tell({ settled });
    this.#forget(settled.ids, settled.how);
  }

  #forget(ids, how) {
    for (const id of ids) {
      this.popups.delete(id);
      this.#settled.set(id, Date.now());
    }
    if (ids.length) this.#say("settled", { ids, how });
  }

  #all() {
    return { popups: [...this.popups.values()], last: this.#last, state: this.state };
  }

  #tell(message) {
    this.#channel?.postMessage(message);
  }

  #heard({ hello, popups, last, settled, restored, state }) {
    if (hello && this.#leads) this.#tell(this.#all());
    for (const popup of restored ?? []) this.#settled.delete(popup.id);
    this.#arrive(restored ?? popups ?? [], false);
    this.#last = Math.max(this.#last, last ?? 0);
    if (settled) this.#forget(settled.ids, settled.how);
    if (state) this.#became(state, false);
  }

  // An action shows in every tab at once, and is kept until the server has taken it.

  snooze(popup, { minutes, until }) {
    const when = until ?? new Date(Date.now() + this.#skew + minutes * 60e3);
    return this.#act("snooze", "snoozed", popup, { until: when.toISOString() });
  }

  /** Never again, or only not this time. */
  dismiss(popup, { once = false } = {}) {
    return this.#act("dismiss", "dismissed", popup, once ? { scope: "occurrence" } : {});
  }

  acknowledge(popup) {
    return this.#act("acknowledge", "acknowledged", popup, {});
  }

  #act(kind, how, { reminder_id: reminder }, body) {
    const action = { key: crypto.getRandomValues(new Uint32Array(4)).join("-"), kind, how, reminder, body };
    const popups = [...this.popups.values()].filter((popup) => popup.reminder_id === reminder);
    this.#acted.set(action.key, popups);
    this.#queue = [...this.#queue, action];
    this.#settle({ ids: popups.map((popup) => popup.id), how });
    action.sent = this.#send();
    return action;
  }

  /** Takes it back, sent or not; says whether that worked. */
  async undo(action) {
    await action.sent;
    const waiting = this.#queue.some(({ key }) => key === action.key);
    if (waiting) this.#queue = this.#queue.filter(({ key }) => key !== action.key);
    else if (!(await this.#request(this.#address(action), { method: "DELETE" }).catch(() => ({}))).ok) return false;
    this.#restore(action);
    return true;
  }

  #address({ reminder, kind }) {
    return `${this.api}/sag/reminders/${encodeURIComponent(reminder)}/${kind}`;
  }

  #restore({ key }) {
    const restored = this.#acted.get(key) ?? [];
    this.#acted.delete(key);
    for (const popup of restored) this.#settled.delete(popup.id);
    this.#tell({ restored });
    this.#arrive(restored, false);
  }

  get #queue() {
    return JSON.parse(read("localStorage", this.#name + " queue")) ?? this.#unsent;
  }

  set #queue(actions) {
    this.#unsent = actions;
    write("localStorage", this.#name + " queue", JSON.stringify(actions));
  }

  #sending;
  #again;

  #send() {
    clearTimeout(this.#again);
    if (!this.#name || !this.#queue.length) return Promise.resolve();
    const name = this.#name;
    this.#sending ??= exclusively(name + " sending", undefined, () => this.#sendInOrder(name))
      .catch(() => {}) // kept
      .finally(() => {
        this.#sending = null;
        if (this.#name === name && this.#queue.length && this.#channel) {
          this.#again = setTimeout(() => this.#send(), 5000);
        }
      });
    return this.#sending;
  }

  async #sendInOrder(name) {
    for (let action; this.#name === name && ([action] = this.#queue) && action; ) {
      const response = await this.#request(this.#address(action), {
        method: "POST",
        keepalive: true,
        headers: { "Content-Type": "application/json", "Idempotency-Key": action.key },
        body: JSON.stringify(action.body),
      });
      if ([401, 429].includes(response.status) || response.status >= 500) return;
      this.#queue = this.#queue.filter(({ key }) => key !== action.key);
      if (response.ok || response.status === 404 || response.status === 410) continue;
      this.#fail(new Error(`${action.kind}: ${response.status}`));
      this.#restore(action);
    }
  }

  async #request(address, { headers, ...options }) {
    const url = new URL(address, document.baseURI);
    // Markup alone must not send a stored token elsewhere.
    if (url.origin !== location.origin && !this.asked) throw new Error(`${url.origin} gets a token only by getToken`);
    const token = await this.getToken();
    if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
    const signal = options.signal ?? AbortSignal.timeout(20e3);
    const response = await fetch(url, { cache: "no-store", redirect: "error", ...options, signal, headers });
    const skew = Date.parse(response.headers.get("Date")) - Date.now();
    this.#skew = Math.abs(skew) > 5000 ? skew : 0;
    return response;
  }

  #became(state, tell = true) {
    if (state === this.state) return;
    this.state = state;
    if (tell && state !== "idle") this.#tell({ state });
    this.#say("state", state);
    if (state === "unauthorized") this.#say("auth-required");
  }

  #fail(error) {
    this.#say("error", error);
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Connects and shows nothing. Options: api, stream, getToken, pollSeconds, hiddenSeconds. */
export function connect(options = {}) {
  const connection = new Connection(options);
  connection.reconnect();
  return connection;
}

// --- words

/** By language; may be changed and added to. */
export const words = {
  en: {
    region: "Reminders",
    announce: "Reminder: {text} Press {key} to answer.",
    acknowledge: "Got it",
    snooze: "Snooze",
    dismiss: "Dismiss",
    other: "Until…",
    save: "Set",
    once: "Only this time",
    always: "All future ones too",
    more: "+ {count} more",
    snoozed: "Snoozed until {time}",
    dismissed: "Dismissed",
    acknowledged: "Marked as seen",
    kept: "Offline: sent when you are back",
    undo: "Undo",
    close: "Close",
    high: "Important",
    urgent: "Urgent",
    case: "Case {id}",
    task: "Task {id}",
    bug: "Bug {id}",
    project: "Project {id}",
  },
  da: {
    region: "Påmindelser",
    announce: "Påmindelse: {text} Tryk {key} for at svare.",
    acknowledge: "Forstået",
    snooze: "Udsæt",
    dismiss: "Afvis",
    other: "Indtil…",
    save: "Gem",
    once: "Kun denne gang",
    always: "Også alle kommende",
    more: "+ {count} mere",
    snoozed: "Udsat til {time}",
    dismissed: "Afvist",
    acknowledged: "Markeret som set",
    kept: "Offline: sendes når du er tilbage",
    undo: "Fortryd",
    close: "Luk",
    high: "Vigtig",
    urgent: "Haster",
    case: "Sag {id}",
    task: "Opgave {id}",
    bug: "Fejl {id}",
    project: "Projekt {id}",
  },
  de: {
    region: "Erinnerungen",
    announce: "Erinnerung: {text} {key} drücken, um zu antworten.",
    acknowledge: "Verstanden",
    snooze: "Später",
    dismiss: "Verwerfen",
    other: "Bis…",
    save: "Speichern",
    once: "Nur dieses Mal",
    always: "Auch alle künftigen",
    more: "+ {count} weitere",
    snoozed: "Zurückgestellt bis {time}",
    dismissed: "Verworfen",
    acknowledged: "Als gesehen markiert",
    kept: "Offline: wird später gesendet",
    undo: "Rückgängig",
    close: "Schließen",
    high: "Wichtig",
    urgent: "Dringend",
    case: "Fall {id}",
    task: "Aufgabe {id}",
    bug: "Fehler {id}",
    project: "Projekt {id}",
  },
};

// --- look

const LOOK = `
:host { color-scheme: light dark; --surface: var(--reminders-surface, light-dark(#fff, #1d2024));
  --text: var(--reminders-text, light-dark(#1c1d1f, #e6e7e9)); --muted: light-dark(#5c5f66, #a3a8b1);
  --accent: var(--reminders-accent, light-dark(#0b57a8, #86b9f5)); --line: light-dark(#0003, #fff3);
  --hover: light-dark(#0001, #fff1);
  position: fixed; z-index: 2147483000; inset: auto; inset-block-end: 1rem; inset-inline-end: 1rem;
  inline-size: min(25rem, 100vw - 2rem); pointer-events: none; text-align: start; color: var(--text);
  font: .9375rem/1.45 var(--reminders-font, system-ui, sans-serif) }
:host([theme="light"]) { color-scheme: light }
:host([theme="dark"]) { color-scheme: dark }
:host([position~="top"]) { inset-block: 1rem auto }
:host([position~="start"]) { inset-inline: 1rem auto }
* { box-sizing: border-box }
[hidden] { display: none !important }
.live { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%) }
section, ol { display: grid; gap: .625rem }
section { max-block-size: 100vh; overflow: auto; pointer-events: auto; padding: 1rem; margin: -1rem }
ol { margin: 0; padding: 0; list-style: none }
.toast, .bar, .more { background: var(--surface); border: 1px solid var(--line);
  border-radius: var(--reminders-radius, .875rem); box-shadow: 0 4px 16px -4px #0004 }
.toast { --tone: var(--accent); position: relative; overflow: hidden; padding: .875rem 1.125rem }
.toast::before { content: ""; position: absolute; inset-block: 0; inset-inline-start: 0;
  border: .15rem solid var(--tone) }
.low { --tone: var(--muted) }
.high { --tone: light-dark(#7a4b00, #e9b766) }
.urgent { --tone: light-dark(#a3142a, #ff9aa6) }
.top { display: flex; gap: .5rem; color: var(--muted); font-size: .8125rem }
.about { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.priority { color: var(--tone); font-weight: 650 }
.title { margin-block-start: .125rem; font-weight: 650; font-size: 1.0625rem; overflow-wrap: anywhere }
a { color: inherit; text-underline-offset: .2em; text-decoration-color: var(--line) }
p { margin: .25rem 0 0; white-space: pre-line; overflow-wrap: anywhere; max-block-size: 9em; overflow: auto }
.row { display: flex; flex-wrap: wrap; gap: .375rem; margin-block-start: .75rem }
label { flex: 1; font-size: .8125rem; color: var(--muted) }
form { align-items: end }
button, input { min-block-size: 2.125rem; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  background: none; color: inherit; font: inherit; font-size: .875rem }
input { inline-size: 100%; color: var(--text) }
button { cursor: pointer; font-weight: 550 }
button:hover, [aria-expanded="true"] { background: var(--hover) }
.main, .main:hover { background: var(--tone); color: light-dark(#fff, #131518); border-color: #0000 }
.main:hover { filter: brightness(1.1) }
:focus-visible { outline: 2px solid var(--text); outline-offset: 2px }
.bar { display: flex; align-items: center; gap: .25rem; padding: .375rem; padding-inline-start: 1rem }
.bar span { flex: 1 }
.bar button { border-color: #0000; color: var(--muted) }
.bar .undo { color: var(--accent) }
.more, .more:hover { justify-self: center; background: var(--surface) }
@media (prefers-reduced-motion: no-preference) {
  .toast { animation: arrive .3s ease-out }
  @keyframes arrive { from { opacity: 0; transform: translateY(.75rem) } }
}`;

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];
const PRESETS = [["minute", 15, 15], ["minute", 30, 30], ["hour", 1, 60], ["hour", 4, 240], ["day", 1, 1440]];

/** An element with attributes, listeners and children; strings become text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// --- element

const OPTIONS = { api: "api", stream: "stream", pollSeconds: "poll-seconds", hiddenSeconds: "hidden-seconds" };
const sheet = new CSSStyleSheet();
sheet.replaceSync(LOOK);

export class ReminderToasts extends HTMLElement {
  static observedAttributes = ["api", "stream", "lang", "words"];

  connection;
  #getToken;
  #cards = new Map();
  #expanded = false;
  #before;
  #clock;
  #parts;
  #listening;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    // Live regions have to be there before anything is said in them.
    const live = (role) => make("div", { class: "live", role });
    const list = make("ol", { part: "list" });
    const more = make("button", { class: "more", part: "more", click: () => this.#showAll() });
    const bar = make("div", { class: "bar", part: "bar", hidden: "" });
    const region = make("section", { part: "region", hidden: "" }, list, more, bar);
    region.addEventListener("focusin", ({ relatedTarget: from }) => {
      if (from && !region.contains(from)) this.#before = from;
    });
    this.#parts = { status: live("status"), alert: live("alert"), list, more, bar, region };
    this.shadowRoot.append(this.#parts.status, this.#parts.alert, region);
  }

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const type of ["pointerdown", "keydown"]) {
      document.addEventListener(type, (event) => this.#elsewhere(event), { signal, capture: true });
    }
    this.#clock = setInterval(() => this.#tick(), 30e3);
    this.#connect();
  }

  disconnectedCallback() {
    this.#listening.abort();
    clearInterval(this.#clock);
    this.connection?.close();
    this.connection = null;
  }

  attributeChangedCallback(name) {
    if (!this.connection) return;
    if (name === "api" || name === "stream") return this.#connect();
    this.#cards.forEach((card) => card.remove());
    this.#cards.clear();
    this.#render();
  }

  /** Where the token comes from; setting it begins anew. */
  get getToken() {
    return this.#getToken;
  }

  set getToken(getToken) {
    this.#getToken = getToken;
    if (this.connection) this.#connect();
  }

  #connect() {
    const options = this.#getToken ? { getToken: this.#getToken } : {};
    for (const [option, name] of Object.entries(OPTIONS)) {
      if (this.hasAttribute(name)) options[option] = this.getAttribute(name);
    }
    options.keys = this.getAttribute("token-keys")?.split(/[\s,]+/);
    this.connection?.close();
    const connection = (this.connection = new Connection(options));
    const on = (type, action) =>
      connection.addEventListener(type, ({ detail }) => connection === this.connection && action(detail));
    on("show", (popup) => this.#show(popup));
    on("settled", (detail) => (this.#render(), this.#say("settled", detail)));
    on("state", (state) => (this.setAttribute("state", state), this.#say("state", state)));
    on("error", (error) => this.#say("error", error));
    on("auth-required", () => this.#say("auth-required"));
    this.#render();
    // A script may still set `getToken`.
    setTimeout(() => connection === this.connection && connection.reconnect());
  }

  #say(type, detail) {
    const event = new CustomEvent("reminders:" + type, { detail, bubbles: true, composed: true, cancelable: true });
    return this.dispatchEvent(event);
  }

  // Words and times

  get #language() {
    const asked = this.lang || this.closest("[lang]")?.lang || document.documentElement.lang || navigator.language;
    const known = [asked, asked.split("-")[0]].find((one) => words[one]);
    return known ? asked : "en";
  }

  #word(name, values = {}) {
    const language = this.#language;
    let own = {};
    try {
      own = JSON.parse(this.getAttribute("words")) ?? {};
    } catch {
      // Not JSON.
    }
    const text = own[name] ?? (words[language] ?? words[language.split("-")[0]])?.[name] ?? words.en[name] ?? name;
    return text.replace(/\{(\w+)\}/g, (whole, value) => values[value] ?? whole);
  }

  #ago(instant) {
    const seconds = Math.min(0, (Date.parse(instant) - Date.now()) / 1000);
    const [size, unit] = UNITS.find(([one]) => -seconds >= one) ?? [1e9, "second"];
    const format = new Intl.RelativeTimeFormat(this.#language, { numeric: "auto" });
    return format.format(Math.round(seconds / size), unit);
  }

  #time(date) {
    const today = date.toDateString() === new Date().toDateString();
    const style = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    return new Intl.DateTimeFormat(this.#language, style).format(date);
  }

  #tick() {
    for (const time of this.shadowRoot.querySelectorAll("time")) time.textContent = this.#ago(time.dateTime);
  }

  // Showing

  #show(popup) {
    if (!this.#say("show", popup)) {
      this.#declined.add(popup.id);
      return;
    }
    this.#render();
    // Read out once, not on each page again.
    if (popup.id <= read("sessionStorage", "reminders announced")) return;
    write("sessionStorage", "reminders announced", popup.id);
    const live = popup.priority === "urgent" ? this.#parts.alert : this.#parts.status;
    const text = [popup.title, popup.message].filter(Boolean).join(". ").replace(/([^.!?…])$/, "$1.");
    this.#announce(live, this.#word("announce", { text, key: this.#hotkey }));
  }

  #declined = new Set(); // what the page shows itself

  #announce(live, text) {
    live.append(make("div", {}, text));
    setTimeout(() => live.firstChild?.remove(), 10e3);
  }

  #shown() {
    const newest = new Map();
    for (const popup of this.connection?.popups.values() ?? []) {
      if (!this.#declined.has(popup.id)) newest.set(popup.reminder_id, popup);
    }
    const rank = (popup) => (popup.priority === "urgent") * 1e15 + popup.id;
    return [...newest.values()].sort((one, other) => rank(other) - rank(one));
  }

  #render() {
    const { list, more, region, bar } = this.#parts;
    const shown = this.#shown();
    const most = this.#expanded ? Infinity : +(this.getAttribute("max") ?? 3);
    const focused = list.querySelector(":focus")?.closest("li");
    const next = focused?.nextElementSibling ?? focused?.previousElementSibling;
    for (const [reminder, card] of this.#cards) {
      const popup = shown.find((one) => one.reminder_id === reminder);
      if (popup?.id === card.popup.id) continue;
      card.remove();
      this.#cards.delete(reminder);
    }
    shown.forEach((popup, index) => {
      let card = this.#cards.get(popup.reminder_id);
      if (!card) this.#cards.set(popup.reminder_id, (card = this.#card(popup)));
      card.hidden = index >= most;
      if (list.children[index] !== card) list.insertBefore(card, list.children[index] ?? null);
    });
    more.hidden = shown.length <= most;
    more.textContent = this.#word("more", { count: shown.length - most });
    if (!shown.length) this.#expanded = false;
    for (const part of [this.#parts.status, this.#parts.alert, region]) part.lang = this.#language;
    region.setAttribute("aria-label", `${this.#word("region")} (${this.#hotkey})`);
    const wasInside = focused && !focused.isConnected;
    region.hidden = !shown.length && bar.hidden;
    if (wasInside) next?.isConnected ? next.querySelector("button")?.focus() : this.#goBack();
  }

  #showAll() {
    this.#expanded = true;
    this.#render();
    this.focus();
  }

  #card(popup) {
    const id = `reminder-${popup.id}`;
    const priority = ["low", "high", "urgent"].includes(popup.priority) ? popup.priority : "normal";
    const due = popup.due_at ?? popup.created_at;
    const link = make("a", { href: popup.url, part: "link" }, popup.title);
    const title = popup.url && /^https?:$/.test(link.protocol) ? link : popup.title;
    const subject = popup.case_id != null && this.#word(popup.entity_type ?? "case", { id: popup.case_id });
    const about = [subject, popup.case_title].filter(Boolean).join(" · ");
    const panel = make("div", { id: `${id}-panel`, hidden: "" });
    const open = (button, content) => {
      const close = button.getAttribute("aria-expanded") === "true";
      for (const other of card.querySelectorAll("[aria-expanded]")) other.setAttribute("aria-expanded", "false");
      panel.replaceChildren(...(close ? [] : [content()]));
      panel.hidden = close;
      button.setAttribute("aria-expanded", String(!close));
      if (!close) panel.querySelector("button, input").focus();
    };
    const button = (word, click, attributes) =>
      make("button", { type: "button", part: "button " + word, click, ...attributes }, this.#word(word));
    const closed = { "aria-expanded": "false", "aria-controls": panel.id };
    const opens = (word, content) => button(word, (event) => open(event.currentTarget, content), closed);
    const card = make(
      "li",
      { class: `toast ${priority}`, part: "toast" },
      make(
        "div",
        { class: "top" },
        words.en[priority] ? make("span", { class: "priority" }, this.#word(priority)) : null,
        make("span", { class: "about", title: about }, about),
        make("time", { datetime: due, title: this.#time(new Date(due)) }, this.#ago(due)),
      ),
      make("div", { id, class: "title", part: "title", dir: "auto" }, title),
      popup.message
        ? make("p", { part: "message", dir: "auto", tabindex: popup.message.length > 200 ? "0" : null }, popup.message)
        : null,
      make(
        "div",
        { class: "row", role: "group", "aria-labelledby": id },
        button("acknowledge", () => this.#act("acknowledge", popup), { class: "main" }),
        opens("snooze", () => this.#times(popup, panel)),
        popup.recurring
          ? opens("dismiss", () =>
              make(
                "div",
                { class: "row", role: "group", "aria-label": this.#word("dismiss") },
                button("once", () => this.#act("dismiss", popup, { once: true })),
                button("always", () => this.#act("dismiss", popup)),
              ))
          : button("dismiss", () => this.#act("dismiss", popup)),
      ),
      panel,
    );
    card.popup = popup;
    return card;
  }

  #times(popup, panel) {
    const preset = ([unit, count, minutes]) => {
      const format = new Intl.NumberFormat(this.#language, { style: "unit", unit, unitDisplay: "long" });
      const click = () => this.#act("snooze", popup, { minutes });
      return make("button", { type: "button", part: "preset", "data-minutes": minutes, click }, format.format(count));
    };
    const other = make("button", { type: "button", part: "other" }, this.#word("other"));
    other.addEventListener("click", () => {
      panel.replaceChildren(this.#otherTime(popup));
      panel.querySelector("input").focus();
    });
    const attributes = { class: "row", role: "group", "aria-label": this.#word("snooze") };
    return make("div", attributes, ...PRESETS.map(preset), other);
  }

  #otherTime(popup) {
    const local = (date) => new Date(date - date.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
    const tomorrow = new Date(Date.now() + 86400e3);
    tomorrow.setHours(9, 0);
    const input = make("input", { type: "datetime-local", required: "", min: local(new Date()) });
    input.value = local(tomorrow);
    const submit = (event) => {
      event.preventDefault();
      this.#act("snooze", popup, { until: new Date(input.value) });
    };
    const label = make("label", {}, `${this.#word("snooze")}: ${this.#word("other")}`, input);
    const save = make("button", { class: "main", part: "button save" }, this.#word("save"));
    return make("form", { class: "row", submit }, label, save);
  }

  // Acting

  #act(kind, popup, detail = {}) {
    if (!this.#say(kind, { popup, ...detail })) return;
    const action = this.connection[kind](popup, detail);
    const time = this.#time(new Date(action.body.until ?? 0));
    this.#confirm(this.#word(action.how, { time }), action);
  }

  #confirm(text, action) {
    const { bar, status } = this.#parts;
    const said = make("span", {}, text);
    const close = () => {
      const focused = bar.contains(this.shadowRoot.activeElement);
      bar.hidden = true;
      this.#render();
      if (focused) this.#goBack();
    };
    const undo = async () => {
      const undone = await this.connection.undo(action);
      if (undone) close();
      else said.textContent += " ✗";
    };
    const button = (word, click, name) =>
      make("button", { type: "button", class: name, part: "button " + word, click }, this.#word(word));
    bar.replaceChildren(said, button("undo", undo, "undo"), button("close", close, "close"));
    Object.assign(bar, { hidden: false, since: Date.now(), close });
    this.#render();
    this.#announce(status, text);
    if (!navigator.onLine) said.append(" · ", this.#word("kept"));
  }

  /** The bar goes when the person has gone on with something else, never by itself. */
  #elsewhere(event) {
    const { bar } = this.#parts;
    const outside = event.target !== this && event.key !== this.#hotkey;
    if (outside && !bar.hidden && Date.now() - bar.since > 8000) bar.close();
  }

  // The way in and out by keyboard

  get #hotkey() {
    return this.getAttribute("hotkey") ?? "F8";
  }

  #key(event) {
    const inside = this.shadowRoot.activeElement;
    if (event.key === this.#hotkey && !this.#parts.region.hidden) {
      event.preventDefault();
      if (inside) this.#goBack();
      else this.focus();
    } else if (event.key === "Escape" && inside) {
      event.preventDefault();
      const opener = inside.closest("li")?.querySelector('[aria-expanded="true"]');
      if (opener) opener.click(), opener.focus();
      else this.#goBack();
    }
  }

  focus() {
    (this.#parts.region.querySelector("li:not([hidden]) .main, .undo"))?.focus();
  }

  #goBack() {
    const before = this.#before;
    this.#before = null;
    if (before?.isConnected) before.focus();
    else this.shadowRoot.activeElement?.blur();
  }
}

if (!customElements.get("reminder-toasts")) customElements.define("reminder-toasts", ReminderToasts);
