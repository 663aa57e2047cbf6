/** Two small charts as SVG: what was delivered, and how late. */

import { draw, make } from "./dom.js";
import { duration, OUTCOMES, when } from "./words.js";

const HEIGHT = 190;
const LEFT = 44;
const BOTTOM = 22;

/** The start of each stretch from `from` to `to`, in milliseconds. */
function stretches(from, to, seconds) {
  const size = seconds * 1000;
  const first = Math.floor(from / size) * size;
  return Array.from({ length: Math.floor((to - first) / size) + 1 }, (_, index) => first + index * size);
}

/** Round numbers for an axis from 0 to at least `most`. */
function ticks(most) {
  const rough = Math.max(most, 1e-3) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

function frame(title, values, shown, starts, width, parts) {
  const top = values.at(-1) || 1;
  const y = (value) => 8 + (HEIGHT - BOTTOM - 8) * (1 - value / top);
  const x = (index) => LEFT + ((width - LEFT) * index) / starts.length;
  const lines = values.map((value) => [
    draw("line", { class: "grid", x1: LEFT, x2: width, y1: y(value), y2: y(value) }),
    draw("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, shown(value)),
  ]);
  const every = Math.ceil((starts.length * 90) / (width - LEFT));
  const times = starts.map(
    (start, index) => index % every === 0 && x(index) < width - 40 && draw(
      "text",
      { x: x(index), y: HEIGHT - 5 },
      when(start),
    ),
  );
  return draw(
    "svg",
    { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title },
    lines,
    times,
    parts(x, y),
  );
}

const legend = (entries) =>
  make(
    "ul",
    { class: "legend" },
    entries.map(([name, words]) => make("li", {}, make("span", { class: `swatch s-${name}` }), words)),
  );

const countOf = (items, outcome) =>
  items.filter((item) => item.outcome === outcome).reduce((sum, item) => sum + item.deliveries, 0);

/** Stacked bars: deliveries by outcome. */
export function outcomes(items, { from, to, seconds, width }) {
  const starts = stretches(from, to, seconds);
  const counts = new Map(starts.map((start) => [start, {}]));
  for (const { at, outcome, deliveries } of items) {
    const stretch = counts.get(Date.parse(at));
    if (stretch) stretch[outcome] = (stretch[outcome] ?? 0) + deliveries;
  }
  const names = Object.keys(OUTCOMES).filter((name) => items.some((item) => item.outcome === name));
  const total = (stretch) => Object.values(stretch).reduce((sum, count) => sum + count, 0);
  const values = ticks(Math.max(3, ...[...counts.values()].map(total)));
  const bars = (x, y) =>
    [...counts].flatMap(([start, stretch], index) => {
      let below = 0;
      const words = names.filter((name) => stretch[name]).map(
        (name) => `${stretch[name]} ${OUTCOMES[name].toLowerCase()}`,
      );
      return names.filter((name) => stretch[name]).map((name) => {
        const [bottom, top] = [y(below), y((below += stretch[name]))];
        const box = {
          class: `s-${name}`,
          x: x(index) + 1,
          width: Math.max(1, x(1) - x(0) - 2),
          y: top,
          height: Math.max(0, bottom - top),
          rx: 1.5,
        };
        return draw("rect", box, draw("title", {}, `${when(start)}: ${words.join(", ")}`));
      });
    });
  const sum = names.map(
    (name) => `${countOf(items, name)} ${OUTCOMES[name].toLowerCase()}`,
  );
  const title = `Deliveries by outcome over time: ${sum.join(", ") || "none"}`;
  return [frame(title, values, String, starts, width, bars), legend(names.map((name) => [name, OUTCOMES[name]]))];
}

/** Lines: how long after their time deliveries ended. */
export function lateness(items, { from, to, seconds, width }) {
  const starts = stretches(from, to, seconds);
  const sent = items.filter((item) => item.outcome === "sent" && item.median_seconds != null);
  const worst = (field) => starts.map((start) => {
    const here = sent.filter((item) => Date.parse(item.at) === start).map((item) => item[field]);
    return here.length ? Math.max(0, ...here) : null;
  });
  const series = [["p99", worst("p99_seconds")], ["median", worst("median_seconds")]];
  const values = ticks(Math.max(0.1, ...series[0][1].map((value) => value ?? 0)));
  const lines = (x, y) => series.map(([name, points]) => {
    const centre = (index) => x(index) + (x(1) - x(0)) / 2;
    const places = points.map(
      (value, index) => value != null && [centre(index), y(value), value, index],
    ).filter(Boolean);
    const path = places.map(
      ([across, down, , index], place) => `${place && places[place - 1][3] === index - 1 ? "L" : "M"}${across} ${down}`,
    ).join("");
    const dots = places.map(
      ([across, down, value, index]) => draw(
        "circle",
        { class: `s-${name}`, cx: across, cy: down, r: 2.5 },
        draw("title", {}, `${when(starts[index])}: ${duration(value)}`),
      ),
    );
    return [path && draw("path", { class: `line s-${name}`, d: path }), dots];
  });
  const highest = Math.max(0, ...series[0][1].map((value) => value ?? 0));
  const title = `Lateness over time: at most ${duration(highest)} for 99 of 100 deliveries`;
  return [frame(title, values, duration, starts, width, lines), legend([["p99", "99 of 100"], ["median", "Median"]])];
}
