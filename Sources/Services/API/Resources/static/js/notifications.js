/**
 * Reminder pop-ups for pages that load this classic script, as they always did:
 *
 *     <script src="/static/js/notifications.js"></script>
 *
 * It starts by itself when the person is logged in, shows what is pending, lets them snooze (15 and 30 minutes, 1 and
 * 4 hours, 1 day, a time of their own) and dismiss, and looks for news every 30 seconds while the page can be seen;
 * where there is a stream, news come by it within a second. Pop-ups look and work as in reminders-toast.js, which it
 * loads; Bootstrap is not needed any more.
 *
 * Settings, all optional, as `data-…` of the script tag or in `window.REMINDERS_CONFIG` before it is loaded:
 *   api, stream, lang, theme, position, max   as of <reminder-toasts>
 *   tokenKeys ("access_token,token")          names in localStorage, sessionStorage and cookies
 *   pollSeconds (30)
 *   getToken, words                           only in REMINDERS_CONFIG: a function; words by language
 *
 * window.reminderNotifications: init(), destroy(), check(), snooze(reminderId, minutes), dismiss(reminderId).
 */
(() => {
  "use strict";

  const script = document.currentScript;
  const config = { ...script?.dataset, ...window.REMINDERS_CONFIG };
  const widget = new URL(config.module ?? "../../reminders-toast.js", script?.src ?? document.baseURI);
  const ATTRIBUTES = {
    api: "api", stream: "stream", lang: "lang", theme: "theme", position: "position", max: "max",
    tokenKeys: "token-keys", pollSeconds: "poll-seconds",
  };
  let toasts = null;

  async function init() {
    if (toasts) return;
    const { words } = await import(widget.href);
    for (const [language, some] of Object.entries(config.words ?? {})) {
      words[language] = { ...words[language], ...some };
    }
    toasts = document.querySelector("reminder-toasts") ?? document.createElement("reminder-toasts");
    for (const [setting, attribute] of Object.entries(ATTRIBUTES)) {
      if (config[setting] != null) toasts.setAttribute(attribute, config[setting]);
    }
    if (config.getToken) toasts.getToken = config.getToken;
    toasts.addEventListener("reminders:state", started);
    if (!toasts.isConnected) document.body.append(toasts);
  }

  function started({ detail }) {
    if (detail === "unauthorized") return;
    toasts.removeEventListener("reminders:state", started);
    console.log("✅ Reminder system initialized");
  }

  function destroy() {
    toasts?.remove();
    toasts = null;
  }

  /** The newest pop-up of a reminder, or what is enough to act on one that is not shown. */
  function popupOf(reminderId) {
    const popups = [...(toasts?.connection?.popups.values() ?? [])];
    return popups.findLast((popup) => String(popup.reminder_id) === String(reminderId)) ?? { reminder_id: reminderId };
  }

  window.reminderNotifications = {
    init,
    destroy,
    check: () => toasts?.connection?.reconnect(),
    snooze: (reminderId, minutes) => toasts?.connection?.snooze(popupOf(reminderId), { minutes }),
    dismiss: (reminderId) => toasts?.connection?.dismiss(popupOf(reminderId)),
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", init);
  else init();
})();
