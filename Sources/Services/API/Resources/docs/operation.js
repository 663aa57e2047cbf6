// One operation: what it does, takes and answers, and beside it the form that tries it.

import { api, constraints, innerObject, jsonContent, meant, pretty, resolve, typeName } from "./document.js";
import { block, disclosure, element, inline, prose } from "./elements.js";
import { trial } from "./trial.js";

export function section(operation) {
  const details = element("details", { class: `operation ${operation.method}`, id: operation.operationId },
    element("summary", {},
      element("span", { class: "method" }, operation.method.toUpperCase()),
      element("code", { class: "path" }, breakable(operation.path)),
      element("span", { class: "summary" }, operation.summary)));
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    if (details.childElementCount === 1) details.append(content(operation));
    details.dispatchEvent(new Event("fill"));
  });
  return details;
}

/// Lets long paths wrap behind their slashes.
function breakable(path) {
  return path.split("/").flatMap((part, index) => (index ? ["/", element("wbr"), part] : [part]));
}

function content(operation) {
  const body = jsonContent(operation.body);
  return element("div", { class: "content" },
    element("div", { class: "about" },
      prose(operation.description),
      element("p", { class: "security" }, inline(security(operation))),
      operation.parameters.length ? [element("h3", {}, "Parameters"), parameterList(operation.parameters)] : null,
      body ? [element("h3", {}, "Body", operation.body.required ? null : " (may be left out)"), fields(body.schema, true)] : null,
      element("h3", {}, "Answers"),
      element("div", { class: "answers" }, Object.entries(operation.responses).map(answer))),
    trial(operation));
}

function security(operation) {
  const wanted = operation.security ?? api.security ?? [];
  if (!wanted.length) return "Needs no token.";
  const scopes = wanted.flatMap((way) => Object.values(way)).flat();
  return scopes.length ? `Needs a token with the scope ${[...new Set(scopes)].map((scope) => `\`${scope}\``).join(" or ")}.` : "Needs a token.";
}

function parameterList(parameters) {
  return element("dl", { class: "fields" }, parameters.flatMap((parameter) => {
    const limits = constraints(meant(parameter.schema ?? {}));
    return [
      element("dt", {}, element("code", { class: "name" }, parameter.name), " ",
        element("span", { class: "type" }, `${typeName(parameter.schema ?? {})} in ${parameter.in}`),
        parameter.required ? element("span", { class: "required" }, "required") : null),
      element("dd", {}, prose(parameter.description), limits.length ? element("p", { class: "limits" }, limits.join(" · ")) : null),
    ];
  }));
}

function answer([status, reference]) {
  const response = resolve(reference);
  const content_ = jsonContent(response);
  const example = content_?.example ?? resolve(Object.values(content_?.examples ?? {})[0])?.value;
  const line = [element("span", { class: `status s${status[0]}` }, status), " ", inline(response.description)];
  if (!content_?.schema && !response.headers) return element("p", { class: "answer" }, line);
  return disclosure(element("span", { class: "answer" }, line), () => element("div", { class: "answer-content" },
    response.headers ? element("dl", { class: "fields" }, Object.entries(response.headers).flatMap(([name, header]) => [
      element("dt", {}, element("code", { class: "name" }, name), " ", element("span", { class: "type" }, "header")),
      element("dd", {}, prose(resolve(header).description))])) : null,
    content_ ? element("p", { class: "limits" }, content_.type) : null,
    content_?.schema ? fields(content_.schema) : null,
    example === undefined ? null : block(pretty(example))));
}

/// What is in an object. Of a body it says what has to be there; an answer has everything.
function fields(schema, isBody = false, depth = 0) {
  const object = innerObject(schema);
  if (!object) {
    return element("p", { class: "field-about" }, element("span", { class: "type" }, typeName(schema)), " ", inline(resolve(schema).description ?? ""));
  }
  const required = new Set(object.required ?? []);
  return element("dl", { class: "fields" }, Object.entries(object.properties).flatMap(([name, property]) => {
    const resolved = meant(property);
    const inner = depth < 4 ? innerObject(property) : null;
    const limits = constraints(resolved);
    return [
      element("dt", {}, element("code", { class: "name" }, name), " ", element("span", { class: "type" }, typeName(property)),
        isBody && required.has(name) ? element("span", { class: "required" }, "required") : null),
      element("dd", {}, prose(resolved.description), limits.length ? element("p", { class: "limits" }, inline(limits.join(" · "))) : null,
        inner ? disclosure("Fields", () => fields(property, isBody, depth + 1)) : null),
    ];
  }));
}
