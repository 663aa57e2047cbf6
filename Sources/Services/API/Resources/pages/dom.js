/** Building what is seen: text is only ever text. */

/** An element with attributes, listeners (functions) and children; strings become text, null nothing. */
export function make(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for a part of an SVG picture. */
export function draw(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value != null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function put(place, ...children) {
  place.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
}

/** A link where the address is http(s), else only its words. */
export function link(address, ...words) {
  const element = make("a", { href: address }, ...words);
  return address && /^https?:$/.test(element.protocol) ? element : make("span", {}, ...words);
}

/** An entry of a list: a title with what stands beside it, and what there is to say. */
export const entry = (title, ...rest) => make("li", {}, make("div", { class: "title" }, title), ...rest);

/** What there is of these, in one line. */
export const dotted = (...words) => words.filter(Boolean).join(" · ");

/** A definition list of what there is. */
export function facts(pairs) {
  return make(
    "dl",
    {},
    pairs.filter(([, value]) => value != null && value !== "").map(
      ([name, value]) => [make("dt", {}, name), make("dd", {}, value)],
    ),
  );
}

/** Fields beside each other. */
export const row = (...fields) => make("div", { class: "row" }, fields);
/** What is filled in. */
export const input = (name, value, attributes = {}) => make("input", { name, value, ...attributes });

/** What is filled in, with its label and perhaps a hint. */
export const field = (label, element, hint) => make(
  "label",
  { class: "field" },
  make("span", {}, label),
  element,
  hint ? make("span", { class: "hint" }, hint) : null,
);

/** One of several, as `{ value: words }`. */
export function choice(name, options, value) {
  const select = make("select", { name });
  select.append(
    ...Object.entries(options).map(
      ([key, words]) => make("option", { value: key, selected: key === String(value) }, words),
    ),
  );
  return select;
}

const ICONS = {
  frontend: "M3 4h18v12H3zM8 20h8M12 16v4",
  email: "M3 5h18v14H3zM3 6l9 7 9-7",
  mattermost: "M4 5h16v11H11l-5 4v-4H4z",
};

/** A small picture of a channel. */
export function icon(channel) {
  const shape = {
    d: ICONS[channel],
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.8,
    "stroke-linejoin": "round",
    "stroke-linecap": "round",
  };
  return draw("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, draw("path", shape));
}
