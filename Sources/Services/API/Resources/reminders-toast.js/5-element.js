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
    const live = isUrgent(popup) ? this.#parts.alert : this.#parts.status;
    const creator = popup.creator && this.#word("creator", { name: popup.creator });
    const text = [popup.title, popup.message, creator].filter(Boolean).join(". ").replace(/([^.!?…])$/, "$1.");
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
    const rank = (popup) => isUrgent(popup) * 1e15 + popup.id;
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
    const priority = PRIORITIES.includes(popup.priority) ? popup.priority : "normal";
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
      { class: `toast ${priority}${isUrgent(popup) ? " urgent" : ""}`, part: "toast" },
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
      popup.creator
        ? make("p", { class: "about", part: "creator", dir: "auto" }, this.#word("creator", { name: popup.creator }))
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
