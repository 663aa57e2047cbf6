/** Creates and changes a reminder, and says in words when it comes. */

import { api, showProblem } from "./session.js";
import { make, put } from "./dom.js";
import { aboutFields, channelFields, mainFields, timeFields, triggerFields } from "./editor-fields.js";
import { schedule, wanted } from "./editor-values.js";

const NEW = {
  entity_type: "case",
  priority: "normal",
  trigger_type: "time_based",
  trigger_config: {},
  recurrence_type: "once",
  month_end: "backward",
};

/** Opens the editor; true when something was kept. */
export function editReminder(reminder, preferences) {
  const old = reminder ?? NEW;
  const parts = {
    timed: timeFields(old, old.time_zone ?? preferences.time_zone ?? "UTC"),
    triggers: triggerFields(old.trigger_config ?? {}, !reminder),
    how: channelFields(old, preferences),
    problem: make("div"),
  };
  const dialog = make("dialog", { "aria-labelledby": "editor-title" });
  const form = makeForm(old, !reminder, parts, () => dialog.close());
  const preview = new Preview(form, parts.timed.preview);
  const refresh = () => {
    fold(form, parts);
    preview.ask();
  };
  form.addEventListener("input", refresh);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  refresh();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      preview.stop();
      dialog.remove();
      done(dialog.returnValue === "kept");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await keep(form, reminder);
        dialog.close("kept");
      } catch (error) {
        showProblem(parts.problem, error, form);
        parts.problem.scrollIntoView({ block: "nearest" });
      }
    });
  });
}

function makeForm(old, isNew, { timed, triggers, how, problem }, cancel) {
  return make(
    "form",
    {},
    make("h2", { id: "editor-title" }, isNew ? "New reminder" : "Change the reminder"),
    isNew ? aboutFields(old) : null,
    mainFields(old),
    timed.element,
    Object.values(triggers),
    how.element,
    problem,
    make(
      "div",
      { class: "end" },
      make("button", { type: "button", click: cancel }, "Cancel"),
      make("button", { class: "main" }, "Keep"),
    ),
  );
}

/** Shows the fields that matter for what is chosen. */
function fold({ elements }, { timed, triggers, how }) {
  const kind = elements.trigger_type.value;
  const repeat = elements.repeat.value;
  const frequency = elements.frequency.value;
  timed.element.hidden = kind !== "time_based";
  for (const [trigger, element] of Object.entries(triggers)) element.hidden = kind !== trigger;
  timed.custom.hidden = repeat !== "custom";
  timed.raw.hidden = repeat !== "rrule";
  how.channels.hidden = !elements.own_channels.checked;
  for (const part of timed.custom.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== frequency;
  elements.month_weekday.parentElement.hidden = ["date", "last"].includes(elements.month_by.value);
  elements.count.parentElement.hidden = elements.end.value !== "count";
  elements.until.parentElement.hidden = elements.end.value !== "until";
  const isMonthly = repeat === "custom" && frequency === "MONTHLY";
  const byDate = repeat === "monthly" || (isMonthly && elements.month_by.value === "date");
  timed.monthEnd.hidden = !byDate || Number(elements.scheduled_local.value.slice(8, 10)) < 29;
  elements.scheduled_local.required = kind === "time_based";
}

async function keep(form, reminder) {
  const body = wanted(form);
  if (reminder) return api("PATCH", `/sag/reminders/${reminder.id}`, { body });
  const { sag_id: number, entity_type: type } = form.elements;
  return api(
    "POST",
    `/sag/${encodeURIComponent(number.value)}/reminders`,
    { body: { ...body, entity_type: type.value } },
  );
}

/** Says in words what is chosen, and when that comes next: the API knows. */
class Preview {
  #form;
  #place;
  #timer;
  #asking = new AbortController();

  constructor(form, place) {
    this.#form = form;
    this.#place = place;
  }

  /** Asks once nothing changes for a moment; an answer to an earlier question is not shown any more. */
  ask() {
    this.stop();
    const { trigger_type: kind, scheduled_local: start } = this.#form.elements;
    if (kind.value !== "time_based") return;
    if (!start.value) return put(this.#place, "Choose when it comes.");
    this.#timer = setTimeout(() => this.#show(new AbortController()), 150);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  async #show(asking) {
    this.#asking = asking;
    const body = { ...schedule(this.#form), count: 5 };
    try {
      const { words, items } = await api("POST", "/recurrence/preview", { body, signal: asking.signal });
      const dates = items.map(({ local, remark }) => make("li", { class: "numbers", title: remark }, dateWords(local)));
      put(this.#place, make("b", {}, words.en), make("ul", { class: "small" }, dates));
    } catch (error) {
      if (asking.signal.aborted) return;
      const details = error.errors?.map(({ detail }) => detail);
      put(this.#place, details?.length ? details.join("\n") : error.message);
    }
  }
}

const dateWords = (local) =>
  new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
  }).format(new Date(`${local}Z`));
