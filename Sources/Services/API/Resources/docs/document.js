// The OpenAPI document: what it has, where its references lead, and what its schemas say in words.

const METHODS = ["get", "post", "put", "patch", "delete"];

/// The document, once it is loaded.
export const api = {};
/// Its operations by `operationId`.
export const byID = new Map();

export function load(document_) {
  Object.assign(api, document_);
  for (const operation of operationsOf(api)) byID.set(operation.operationId, operation);
}

export function resolve(value) {
  let found = value;
  for (let depth = 0; found && found.$ref && depth < 20; depth += 1) {
    const { $ref, ...beside } = found;
    const target = $ref.slice(2).split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], api);
    found = { ...target, ...beside };
  }
  return found ?? {};
}

/// The same; where null is the only other choice, with what the first one says.
export function meant(schema) {
  const found = resolve(schema);
  const choices = (found.anyOf ?? found.oneOf ?? []).map(resolve).filter((one) => one.type !== "null");
  return choices.length === 1 ? { ...choices[0], ...found } : found;
}

function operationsOf(document_) {
  const found = [];
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS) {
      if (!item[method]) continue;
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      found.push({ ...operation, path, method, parameters, body: resolve(operation.requestBody) });
    }
  }
  return found;
}

export function jsonContent(part) {
  const type = Object.keys(part?.content ?? {})[0];
  return type ? { type, ...part.content[type] } : null;
}

/// Examples of the same name in parameters and body belong together; a plain `example` belongs to all of them.
export function examplesOf(operation) {
  const content = jsonContent(operation.body);
  const named = new Map();
  const note = (examples) => {
    for (const [name, example] of Object.entries(examples ?? {})) {
      const resolved = resolve(example);
      named.set(name, named.get(name) ?? resolved.summary ?? name);
    }
  };
  note(content?.examples);
  operation.parameters.forEach((parameter) => note(parameter.examples));
  if (!named.size) named.set("", "Example");
  return [...named].map(([name, summary]) => ({
    name,
    summary,
    body: content ? resolve(content.examples?.[name])?.value ?? content.example : undefined,
    parameters: Object.fromEntries(operation.parameters.map((parameter) => {
      const example = parameter.examples?.[name] ?? (parameter.required ? Object.values(parameter.examples ?? {})[0] : null);
      return [parameter.name, example ? resolve(example).value : parameter.example ?? ""];
    })),
  }));
}

export function typeName(schema) {
  const name = schema.$ref?.split("/").pop();
  const resolved = resolve(schema);
  if (resolved.anyOf ?? resolved.oneOf) return (resolved.anyOf ?? resolved.oneOf).map(typeName).join(" or ");
  if ("const" in resolved) return JSON.stringify(resolved.const);
  const types = [resolved.type ?? "any"].flat();
  const words = types.map((type) => {
    if (type === "array") return `array of ${typeName(resolved.items ?? {})}`;
    if (type === "object" && name) return name;
    if (type === "string" && resolved.format) return resolved.format;
    return type;
  });
  return words.join(" or ");
}

export function constraints(schema) {
  const found = [];
  const between = (low, high, unit) => {
    if (low !== undefined && high !== undefined) found.push(`${low} to ${high}${unit}`);
    else if (low !== undefined) found.push(`at least ${low}${unit}`);
    else if (high !== undefined) found.push(`at most ${high}${unit}`);
  };
  if (schema.enum) found.push(`one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`);
  between(schema.minimum, schema.maximum >= 2 ** 53 ? undefined : schema.maximum, "");
  between(schema.minLength, schema.maxLength, " characters");
  between(schema.minItems, schema.maxItems, " elements");
  if (schema.default !== undefined) found.push(`default ${JSON.stringify(schema.default)}`);
  return found;
}

/// The object inside a schema, looked for in arrays and alternatives.
export function innerObject(schema, depth = 0) {
  const resolved = resolve(schema);
  if (depth > 6) return null;
  if (resolved.properties) return resolved;
  if (resolved.items) return innerObject(resolved.items, depth + 1);
  for (const part of resolved.anyOf ?? resolved.oneOf ?? []) {
    const found = innerObject(part, depth + 1);
    if (found) return found;
  }
  return null;
}

export function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
