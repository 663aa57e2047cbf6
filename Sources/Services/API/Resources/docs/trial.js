// The form that runs an operation's examples against the server this page came from.

import { api, byID, examplesOf, jsonContent, pretty, resolve } from "./document.js";
import { block, copyButton, disclosure, element } from "./elements.js";
import { tokenFor } from "./token.js";

const BODY_SHOWN = 200_000;
/// What answers said about the next call: operation id → parameter → value (the document's `links`).
const remembered = new Map();

export function trial(operation) {
  const id = (name) => `${operation.operationId}-${name}`;
  const content_ = jsonContent(operation.body);
  const examples = examplesOf(operation);
  const inputs = new Map();
  const edited = new Set();
  const curl = element("code", {});
  const result = element("div", { class: "result", role: "region", "aria-label": "Answer", "aria-live": "polite" });
  const chooser = element("select", { id: id("example"), onchange: () => fill(true) },
    examples.map((example, index) => element("option", { value: index }, example.summary)));
  const bodyField = content_ && element("textarea", { id: id("body"), rows: "4", spellcheck: "false", oninput: () => { fit(); show(); } });

  const rows = operation.parameters.map((parameter) => {
    const field = element("input", {
      id: id(parameter.name), type: "text", spellcheck: "false", autocomplete: "off", required: parameter.required,
      oninput: () => { edited.add(parameter.name); show(); },
    });
    inputs.set(parameter, field);
    return element("div", { class: "row" }, element("label", { for: field.id }, element("code", {}, parameter.name)), field);
  });

  function fill(anew) {
    const example = examples[Number(chooser.value)];
    const known = remembered.get(operation.operationId) ?? {};
    for (const [parameter, field] of inputs) {
      if (!anew && edited.has(parameter.name)) continue;
      const value = known[parameter.name] ?? example.parameters[parameter.name] ?? "";
      field.value = typeof value === "string" ? value : JSON.stringify(value);
    }
    if (anew) edited.clear();
    if (bodyField && anew) {
      bodyField.value = example.body === undefined ? "" : pretty(example.body);
      fit();
    }
    show();
  }

  /// As many lines as there are, so that nothing has to be scrolled for.
  function fit() {
    bodyField.rows = Math.min(24, Math.max(2, bodyField.value.split("\n").length));
  }

  function request() {
    const query = new URLSearchParams();
    const headers = {};
    let path = operation.path;
    for (const [parameter, field] of inputs) {
      const value = field.value;
      if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
      else if (value === "") continue;
      else if (parameter.in === "query") query.set(parameter.name, value);
      else if (parameter.in === "header") headers[parameter.name] = value;
    }
    const server = resolve(operation).servers?.[0]?.url ?? "";
    const body = bodyField?.value.trim() ? bodyField.value : undefined;
    if (body !== undefined) headers["Content-Type"] = content_.type;
    const target = path + (query.size ? `?${query}` : "");
    return { url: new URL(server + target, location.origin).href, method: operation.method.toUpperCase(), headers, body };
  }

  function show() {
    curl.textContent = curlLine(request(), needsToken(operation));
  }

  async function send() {
    const { url, ...options } = request();
    const { token, name } = needsToken(operation) ? tokenFor(scopesOf(operation)) : {};
    if (token) options.headers.Authorization = `Bearer ${token}`;
    button.disabled = true;
    result.replaceChildren(element("p", { class: "limits" }, "Waiting for the answer …"));
    const began = performance.now();
    try {
      const response = await fetch(url, { ...options, redirect: "manual", cache: "no-store" });
      await showAnswer(response, began, name);
    } catch (error) {
      result.replaceChildren(element("p", { class: "status-line" }, element("span", { class: "status s5" }, "No answer"), ` ${error.message}`));
    } finally {
      button.disabled = false;
    }
  }

  async function showAnswer(response, began, name) {
    const type = response.headers.get("Content-Type") ?? "";
    const line = element("p", { class: "status-line" },
      element("span", { class: `status s${String(response.status)[0]}` }, String(response.status)), ` ${response.statusText} `);
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const text = type.startsWith("text/event-stream") ? await firstOf(response) : await response.text();
    line.append(element("span", { class: "limits" }, `${Math.round(performance.now() - began)} ms · ${new Blob([text]).size} bytes${name ? ` · asked as ${name}` : ""}`));
    const value = type.includes("json") ? parsed(text) : undefined;
    result.replaceChildren(line);
    if (text) result.append(block(value === undefined ? text.slice(0, BODY_SHOWN) : pretty(value)));
    else result.append(element("p", { class: "limits" }, "Without a body."));
    result.append(disclosure("Headers of the answer", () => block(headers)));
    if (value !== undefined) result.append(...goOn(operation, response, value));
  }

  const button = element("button", { type: "submit", class: "send" }, "Send");
  const form = element("form", { class: "trial", "aria-label": `Try ${operation.summary}`, onsubmit: (event) => { event.preventDefault(); send(); } },
    element("h3", {}, "Try it"),
    examples.length > 1 ? element("div", { class: "row" }, element("label", { for: chooser.id }, "Example"), chooser) : null,
    rows,
    bodyField ? element("div", { class: "row wide" }, element("label", { for: bodyField.id }, "Body"), bodyField) : null,
    element("p", { class: "actions" }, button),
    element("div", { class: "block curl" }, element("pre", { tabindex: "0", "aria-label": "The same with curl" }, curl), copyButton(() => curl.textContent)),
    result);
  queueMicrotask(() => document.getElementById(operation.operationId).addEventListener("fill", () => fill(false)));
  fill(true);
  return form;
}

/// The first events of a stream; the rest is not waited for.
async function firstOf(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const enough = setTimeout(() => reader.cancel(), 5000);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  clearTimeout(enough);
  return `${text}\n(shown for 5 seconds)`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function scopesOf(operation) {
  return (operation.security ?? []).flatMap((way) => Object.values(way)).flat();
}

function needsToken(operation) {
  return (operation.security ?? api.security ?? []).length > 0;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curlLine({ url, method, headers, body }, withToken) {
  const parts = ["curl -i"];
  if (method !== "GET" && !(method === "POST" && body !== undefined)) parts[0] += ` -X ${method}`;
  parts.push(quoted(url));
  if (withToken) parts.push('-H "Authorization: Bearer $REMINDERS_TOKEN"');
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`-d ${quoted(body)}`);
  return parts.join(" \\\n  ");
}

/// Follows the answer's links: what it says goes into the fields of the operations that it leads to.
function goOn(operation, response, value) {
  const documented = resolve(operation.responses[response.status] ?? {});
  const next = [];
  for (const link of Object.values(documented.links ?? {}).map(resolve)) {
    const values = {};
    for (const [name, expression] of Object.entries(link.parameters ?? {})) {
      const found = evaluate(expression, response, value);
      if (found !== undefined && found !== null) values[name] = String(found);
    }
    if (Object.keys(values).length < Object.keys(link.parameters ?? {}).length) continue;
    remembered.set(link.operationId, { ...remembered.get(link.operationId), ...values });
    document.getElementById(link.operationId)?.dispatchEvent(new Event("fill"));
    next.push(element("a", { href: `#${link.operationId}` }, byID.get(link.operationId)?.summary ?? link.operationId));
  }
  if (!next.length) return [];
  return [element("p", { class: "next" }, "Go on with ", next.flatMap((link, index) => (index ? [" · ", link] : [link])))];
}

function evaluate(expression, response, value) {
  if (expression.startsWith("$response.header.")) return response.headers.get(expression.slice(17));
  if (!expression.startsWith("$response.body#/")) return expression.startsWith("$") ? undefined : expression;
  return expression.slice(16).split("/").reduce((at, key) => at?.[key], value);
}

