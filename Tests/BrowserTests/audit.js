// What can be found wrong with a page for people who see, hear or move otherwise: run in the page, answers a list of
// sentences. Names and roles as Chromium computes them are checked beside it (test_access.py).
const problems = [];
const say = (element, what) => problems.push(`${what}: ${element.outerHTML.slice(0, 140).replace(/\s+/g, " ")}`);

const roots = [document];
for (const root of roots) for (const one of root.querySelectorAll("*")) if (one.shadowRoot) roots.push(one.shadowRoot);
const all = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
const seen = (element) => element.checkVisibility({ opacityProperty: false, visibilityProperty: true }) && element.getClientRects().length > 0;
const hiddenOnPurpose = (element) => element.closest(".live, .skip, noscript") !== null;

// The document
if (!document.documentElement.lang) problems.push("the page has no language");
if (!document.title) problems.push("the page has no title");
for (const [selector, words] of [["main", "main"], ["h1", "heading of the first level"]]) {
  if (document.querySelectorAll(selector).length !== 1) problems.push(`the page has not exactly one ${words}`);
}
let level = 0;
for (const heading of [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen)) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) say(heading, `a heading of level ${next} follows one of level ${level}`);
  level = next;
}

// References
for (const root of roots) {
  const ids = [...root.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) problems.push(`the id ${id} is not unique`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const one of root.querySelectorAll(`[${name}]`)) {
      for (const id of one.getAttribute(name).split(/\s+/)) if (!ids.includes(id)) say(one, `${name} refers to nothing`);
    }
  }
}
for (const one of all("[tabindex]")) if (one.tabIndex > 0) say(one, "tabindex changes the order");
for (const one of all("img:not([alt])")) say(one, "a picture has no alternative");
for (const one of all("ul > :not(li, template), ol > :not(li, template)")) say(one, "a list has something else than items");
for (const one of all("li")) if (!one.parentElement?.matches("ul, ol, menu")) say(one, "an item has no list");
for (const one of all("button button, a button, button a, a a")) say(one, "one control lies in another");

// Sizes: 24 pixels (WCAG 2.2, 2.5.8), but for links within text and controls whose label is large enough
for (const one of all("button, a[href], input, select, textarea, summary").filter(seen)) {
  if (hiddenOnPurpose(one) || (one.matches("a") && getComputedStyle(one).display === "inline")) continue;
  const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
  if (width < 23.5 || height < 23.5) say(one, `${Math.round(width)}×${Math.round(height)} pixels are hard to hit`);
}

// Contrast (1.4.3): of every text that can be seen with what is behind it
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const parentOf = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host ?? null;
function background(element) {
  const layers = [];
  for (let one = element; one; one = parentOf(one)) {
    const colour = rgba(getComputedStyle(one).backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "#121212" : "#fff"));
}
function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
for (const one of all("body *, section *, ol *").filter(seen)) {
  const speaks = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!(speaks || one.matches("input, textarea, select")) || hiddenOnPurpose(one) || one.matches("option, title, :disabled, script, style")) continue;
  const style = getComputedStyle(one);
  if (one.matches("input") && style.opacity === "0") continue;
  const behind = background(one);
  const colour = one instanceof SVGElement ? style.fill : style.color;
  const [light, dark] = [luminance(over(rgba(colour), behind)), luminance(behind)].sort((a, b) => b - a);
  const ratio = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize);
  const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  if (ratio < enough) say(one, `contrast ${ratio.toFixed(2)} is below ${enough}`);
}
if (document.documentElement.scrollWidth > innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
return [...new Set(problems)];
