// --- connection

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
