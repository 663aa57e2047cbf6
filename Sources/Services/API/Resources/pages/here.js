/** Marks the page one is on among the links to all of them. */

const name = (path) => path.replace(/\.html$/, "").replace(/\/index$/, "/");

for (const link of document.querySelectorAll("nav.pages a")) {
  if (name(link.pathname) === name(location.pathname)) link.setAttribute("aria-current", "page");
}
