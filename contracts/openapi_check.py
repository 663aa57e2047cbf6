"""Checks openapi.json: that it is whole and consistent, and that every example in it is right.

Used by check.py, and by the tests for the answers of a running API: `answer_problems`.
"""
import json
import re
from pathlib import Path

import jsonschema

FILE = Path(__file__).resolve().parent / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
# Answers that follow from what an operation takes.
ALWAYS, WITH_BODY = {"400", "401", "422", "429", "503"}, {"413", "415"}
BY_HEADER = {"Idempotency-Key": "409", "If-Match": "412", "If-None-Match": "304"}
PARTS = ("schemas", "parameters", "headers", "responses")


class Document:
    def __init__(self, text):
        self.text = text
        self.root = json.loads(text)
        self.components = self.root["components"]
        # Clients have to bear new fields in answers; the API itself must not give any that are not documented.
        self.closed = {"schemas": closed(self.components["schemas"])}

    def resolve(self, value):
        """What a reference leads to, with what stands beside it; KeyError if nothing is there."""
        while "$ref" in value:
            target = self.root
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            value = target | {name: part for name, part in value.items() if name != "$ref"}
        return value

    def operations(self):
        for path, item in self.root["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def operation(self, operation_id):
        return next(o for _, _, o in self.operations() if o["operationId"] == operation_id)

    def parameters(self, operation):
        return [self.resolve(parameter) for parameter in operation.get("parameters", [])]

    def scopes(self, operation):
        """None: public; otherwise the scopes of which one is needed, if any."""
        ways = operation.get("security", self.root["security"])
        return {scope for way in ways for scope in way["bearer"]} if ways else None

    def problems(self, schema, value, components=None):
        """What a schema finds wrong with a value, one line each."""
        whole = {**schema, "components": components or self.components}
        validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
        return [f"/{'/'.join(map(str, error.absolute_path))} {error.message[:200]}"
                for error in validator.iter_errors(value)]

    def answer_problems(self, operation_id, status, headers, body):
        """What is wrong with an answer by the document. `headers` in lower case; `body` is text."""
        responses = self.operation(operation_id)["responses"]
        if str(status) not in responses:
            return [f"{status} is not documented"]
        response = self.resolve(responses[str(status)])
        found = [f"header {name} is missing" for name, header in response.get("headers", {}).items()
                 if self.resolve(header).get("required") and name.lower() not in headers]
        content = response.get("content")
        if not content:
            return found + (["there is a body"] if body else [])
        kind = headers.get("content-type", "").split(";")[0]
        if kind not in content:
            return found + [f"content type {kind!r} is not documented"]
        if "json" not in kind:
            return found
        return found + self.problems(closed(content[kind]["schema"]), json.loads(body), self.closed)


def closed(value):
    """The same schemas, with objects that may have no other fields than those they list."""
    if isinstance(value, list):
        return [closed(part) for part in value]
    if not isinstance(value, dict):
        return value
    copy = {name: closed(part) for name, part in value.items()}
    if isinstance(value.get("properties"), dict) and "type" in value:
        copy.setdefault("additionalProperties", False)
    return copy


def walk(value, pointer=""):
    yield pointer, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from walk(child, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


def check_openapi(check):
    document = Document(FILE.read_text())
    pretty = json.dumps(document.root, indent=2, ensure_ascii=False) + "\n"
    check("openapi", document.text == pretty, "is not indented as `json.dumps(…, indent=2, ensure_ascii=False)` does")
    check("openapi", document.root["openapi"].startswith("3.1."), "is not version 3.1")
    check_references(document, check)
    check_schemas(document, check)
    check_responses(document, check)
    ids = [operation["operationId"] for _, _, operation in document.operations()]
    check("openapi", len(set(ids)) == len(ids), "an operationId is there twice")
    for path, method, operation in document.operations():
        check_operation(document, path, method, operation, lambda *rest: check(f"{method} {path}", *rest))


def check_references(document, check):
    referenced = set()
    for pointer, part in walk(document.root):
        if isinstance(part, dict) and isinstance(part.get("$ref"), str):
            referenced.add(part["$ref"])
            try:
                document.resolve(part)
                check(f"openapi {pointer}", True)
            except KeyError:
                check(f"openapi {pointer}", False, f"{part['$ref']} leads nowhere")
    for kind in PARTS:
        for name in document.components[kind]:
            check(f"openapi {kind}", f"#/components/{kind}/{name}" in referenced, f"{name} is used nowhere")


def check_schemas(document, check):
    for name, schema in document.components["schemas"].items():
        what = f"openapi schema {name}"
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            check(what, False, error.message)
        check(what, "description" in schema, "has no description")
        for pointer, part in walk(schema):
            if not isinstance(part, dict):
                continue
            for field, sub in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else ():
                described = "description" in sub or "$ref" in sub or "anyOf" in sub
                check(what, described, f"{pointer}/{field} has no description")
            for example in part.get("examples", []) if isinstance(part.get("examples"), list) else []:
                wrong = document.problems(part, example)
                check(what, not wrong, f"the example {example!r} is refused: {wrong}")


def check_responses(document, check):
    for name, response in document.components["responses"].items():
        for kind, content in response.get("content", {}).items():
            wrong = document.problems(content["schema"], content["example"])
            check(f"openapi response {name}", not wrong, f"the example is refused: {wrong}")
            status = str(content["example"]["status"])
            if status in ("409", "429", "503"):
                check(f"openapi response {name}", "Retry-After" in response.get("headers", {}), "has no Retry-After")


def check_operation(document, path, method, operation, check):
    parameters = document.parameters(operation)
    check(re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), "the operationId is no camelCase")
    check("summary" in operation, "has no summary")
    tags = [tag["name"] for tag in document.root["tags"]]
    check(len(operation["tags"]) == 1 and operation["tags"][0] in tags, "has not one of the tags")
    in_path = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
    check(in_path == set(re.findall(r"{(\w+)}", path)), f"the path's parameters are not {in_path}")
    for parameter in parameters:
        check("description" in parameter, f"parameter {parameter['name']} has no description")
        check(parameter["in"] != "path" or parameter.get("required"), f"{parameter['name']} is not required")
        check_parameter_examples(document, parameter, check)
    check_statuses(document, operation, {parameter["name"] for parameter in parameters}, check)
    if "requestBody" in operation:
        check_body(document, operation["requestBody"], check)
    for status, response in operation["responses"].items():
        check_answer(document, operation, status, response, check)


def check_parameter_examples(document, parameter, check):
    examples = [parameter["example"]] if "example" in parameter else []
    examples += [example["value"] for example in parameter.get("examples", {}).values()]
    check(examples or parameter["in"] != "path", f"parameter {parameter['name']} has no example")
    for example in examples:
        wrong = document.problems(parameter["schema"], example)
        check(not wrong, f"the example {example!r} of {parameter['name']} is refused: {wrong}")


def check_statuses(document, operation, names, check):
    scopes = document.scopes(operation)
    documented = set(operation["responses"])
    wanted = set() if scopes is None else set(ALWAYS)
    if "requestBody" in operation:
        wanted |= WITH_BODY
    if scopes:
        wanted.add("403")
    wanted |= {status for name, status in BY_HEADER.items() if name in names}
    check(wanted <= documented, f"lacks the answers {sorted(wanted - documented)}")
    check(any(status.startswith("2") for status in documented), "never succeeds")


def check_body(document, body, check):
    (content,) = body["content"].values()
    schema = document.resolve(content["schema"])
    check(schema.get("additionalProperties") is False, "the body may have other fields")
    check(content.get("examples"), "the body has no example")
    for name, example in content.get("examples", {}).items():
        check("summary" in example, f"the example {name} has no summary")
        wrong = document.problems(content["schema"], example["value"])
        check(not wrong, f"the example {name} is refused: {wrong}")
    for field, part in schema["properties"].items():
        for pointer, sub in walk(document.resolve(part)):
            if not isinstance(sub, dict) or "type" not in sub or isinstance(sub["type"], dict):
                continue
            kinds = [sub["type"]] if isinstance(sub["type"], str) else sub["type"]
            limited = {"enum", "maxLength", "pattern", "$ref"} if "string" in kinds else {"maximum", "const"}
            if "array" in kinds:
                check("maxItems" in sub, f"{field}{pointer} has no limit")
            elif "string" in kinds or "integer" in kinds:
                check(limited & set(sub), f"{field}{pointer} has no limit")


def check_answer(document, operation, status, response, check):
    response = document.resolve(response)
    for kind, content in response.get("content", {}).items():
        if kind != "application/json" or document.scopes(operation) is None:
            continue
        check("example" in content, f"{status} has no example")
        if "example" in content:
            wrong = document.problems(content["schema"], content["example"])
            check(not wrong, f"the example of {status} is refused: {wrong}")
    known = {o["operationId"]: {p["name"] for p in document.parameters(o)} for _, _, o in document.operations()}
    for link in response.get("links", {}).values():
        check(set(link["parameters"]) <= known.get(link["operationId"], set()), f"the link {link} leads nowhere")
