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
