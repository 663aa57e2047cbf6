// Shows /openapi.json: its operations by tag, each with a form that runs its examples.

import { api, byID, load } from "./docs/document.js";
import { element, prose } from "./docs/elements.js";
import { section } from "./docs/operation.js";
import { setUpToken } from "./docs/token.js";

function setUpMenu() {
  const menu = document.getElementById("menu");
  const narrow = matchMedia("(max-width: 62rem)");
  const adapt = () => { menu.open = !narrow.matches; };
  narrow.addEventListener("change", adapt);
  adapt();
  menu.addEventListener("click", (event) => { if (narrow.matches && event.target.closest("a")) menu.open = false; });
  document.getElementById("find").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const entry of document.querySelectorAll("#index li")) {
      entry.hidden = !words.every((word) => entry.dataset.words.includes(word));
    }
    for (const group of document.querySelectorAll("#index section")) {
      group.hidden = !group.querySelector("li:not([hidden])");
    }
  });
}

/// Opens the operation that the address names, and goes there.
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.matches("details.operation")) target.open = true;
  target.scrollIntoView();
  target.querySelector("summary")?.focus({ preventScroll: true });
}

function render() {
  document.title = api.info.title;
  document.getElementById("title").replaceChildren(`${api.info.title} `, element("span", { class: "version" }, `version ${api.info.version}`));
  document.getElementById("introduction").replaceChildren(...prose(api.info.description));
  const operations = [...byID.values()];
  const index = document.getElementById("index");
  const main = document.getElementById("operations");
  for (const tag of api.tags) {
    const members = operations.filter((operation) => operation.tags?.[0] === tag.name);
    if (!members.length) continue;
    const id = `tag-${tag.name.toLowerCase().replaceAll(/\W+/g, "-")}`;
    main.append(element("section", { class: "tag", "aria-labelledby": id },
      element("h2", { id }, tag.name), prose(tag.description), members.map(section)));
    index.append(element("section", {}, element("p", { class: "group" }, element("a", { href: `#${id}` }, tag.name)),
      element("ul", {}, members.map((operation) => element("li", {
        "data-words": `${operation.method} ${operation.path} ${operation.summary} ${operation.operationId}`.toLowerCase(),
      }, element("a", { href: `#${operation.operationId}`, class: operation.method },
        element("span", { class: "method" }, operation.method.toUpperCase()), operation.summary))))));
  }
  openTarget();
}

async function start() {
  setUpToken();
  setUpMenu();
  window.addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => {
    // A second click on the same link changes no hash.
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) openTarget();
  });
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    load(await response.json());
    render();
  } catch (error) {
    document.getElementById("introduction").replaceChildren(
      element("p", { role: "alert" }, `/openapi.json could not be shown: ${error.message}. `, element("a", { href: "" }, "Try again")));
  }
}

start();
