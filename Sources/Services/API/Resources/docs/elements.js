// Elements of the page. Text only ever becomes text: no markup is made of strings.

/// element("a", {href: "#x", class: "y"}, "text", child): attributes whose value is null or false are left out.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/// A description: paragraphs between blank lines, `code` between backticks.
export function prose(text, name = "p") {
  return (text ?? "").split(/\n{2,}/).filter(Boolean).map((paragraph) => element(name, {}, inline(paragraph)));
}

export function inline(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

export function copyButton(text) {
  const button = element("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it by hand";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

/// A box of text that can be copied.
export function block(text) {
  const pre = element("pre", { tabindex: "0" }, element("code", {}, text));
  return element("div", { class: "block" }, pre, copyButton(() => pre.textContent));
}

/// A <details> whose content is made when it is opened first.
export function disclosure(summary, make, attributes = {}) {
  const details = element("details", { class: "inner", ...attributes }, element("summary", {}, summary));
  details.addEventListener("toggle", () => { if (details.open && details.childElementCount === 1) details.append(make()); });
  return details;
}
