#!/usr/bin/env python3
"""Checks the contracts against each other: examples against schemas, and the documents.

Needs Debian's python3-jsonschema and python3-yaml. Prints what failed and "N passed, N failed".

    check.py                         checks the contracts
    check.py delivery.logged.v1      checks messages on stdin, one body a line, against a schema
    check.py answers                 checks answers of the API on stdin against openapi.json, one a line, as in
                                     {"operation": "getCase", "status": 200, "headers": {…}, "body": "…"}
    check.py topology                checks what `reminders topology print --json` says, on stdin, against asyncapi.yaml
    check.py topology --write        writes into asyncapi.yaml what follows from it: queues, and lists of channels
"""
import difflib
import json
import re
import sys
from pathlib import Path

import jsonschema
import yaml

import asyncapi_queues
import openapi_check

HERE = Path(__file__).resolve().parent
BODY_LIMIT, DEPTH_LIMIT = 262_144, 32
passed, failed = 0, []


def check(what, is_true, why=""):
    global passed
    if is_true:
        passed += 1
    else:
        failed.append(f"{what}: {why}" if why else what)


# -- JSON as strictly as the services read it ---------------------------------------------------------------------

def strict_json(raw):
    """The value of a body; ValueError for all that a service refuses whatever its schema says."""
    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise ValueError("a field is there twice")
        return dict(pairs)

    def refuse(word):
        raise ValueError(f"{word} is no JSON")

    if len(raw) > BODY_LIMIT:
        raise ValueError("too large")
    value = json.loads(raw.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails for half a surrogate pair
    if depth(value) > DEPTH_LIMIT:
        raise ValueError("too deep")
    return value


def depth(value):
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)


def structured(content_type, headers, data):
    """The event in structured mode that an event in binary mode stands for."""
    attributes = {re.split("[_:]", name, maxsplit=1)[1]: text for name, text in headers.items()
                  if re.match("cloudevents[_:]", name, re.IGNORECASE)}
    return attributes | {"datacontenttype": content_type, "data": data}


# -- Schemas and examples -----------------------------------------------------------------------------------------

DIALECTS = [jsonschema.Draft7Validator, jsonschema.Draft202012Validator]
schemas = {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "schemas").glob("*.json"))}


def problems(name, value):
    """JSON pointers of everything a schema finds wrong, which must not depend on the dialect."""
    found = [{pointer for error in dialect(schemas[name]).iter_errors(value) for pointer in pointers(error)}
             for dialect in DIALECTS]
    if found[0] != found[1]:
        check(f"schema {name}", False, f"the dialects disagree: {found}")
    return found[0]


def pointers(error):
    place = "".join(f"/{part}" for part in error.absolute_path)
    if error.validator == "required":
        return [f"{place}/{name}" for name in error.validator_value if name not in error.instance]
    return [place]


def check_schemas():
    for name, schema in schemas.items():
        for dialect in DIALECTS:
            try:
                dialect.check_schema(schema)
                check(name, True)
            except jsonschema.SchemaError as error:
                check(f"schema {name}", False, error.message)
        check(f"schema {name}", schema["$id"].endswith(f":{name}"), "$id is not the file's name")
        for pointer, part in walk(schema):
            if isinstance(part, dict) and isinstance(part.get("properties"), dict) and "if" not in pointer:
                for field, sub in part["properties"].items():
                    described = "description" in sub or "$ref" in sub or "/then" in pointer
                    check(f"schema {name}", described, f"{pointer}/{field} has no description")


def check_valid_examples():
    counts = dict.fromkeys(schemas, 0)
    for path in sorted((HERE / "examples").glob("*.json")):
        name = path.stem.rsplit(".", 1)[0]
        counts[name] += 1
        wrong = problems(name, strict_json(path.read_bytes()))
        check(f"example {path.name}", not wrong, f"refused for {sorted(wrong)}")
    for path in sorted((HERE / "examples/binary-mode").glob("*.json")):
        name = path.stem.rsplit(".", 1)[0]
        message = strict_json(path.read_bytes())
        wrong = problems(name, structured(message["content_type"], message["headers"], message["body"]))
        check(f"example {path.name}", not wrong, f"refused for {sorted(wrong)}")
    for name, count in counts.items():
        check(f"examples of {name}", count >= 3, f"only {count}")


def check_invalid_examples():
    for path in sorted((HERE / "examples/invalid").glob("*.json")):
        example = json.loads(path.read_text())
        what = f"invalid example {path.name}"
        expected = {error["pointer"] for error in example["errors"]}
        check(what, bool(expected) and all(error["words"] for error in example["errors"]), "expects no error")
        raw = bytes.fromhex(example["hex"]) if "hex" in example else example.get("text", "").encode()
        try:
            value = strict_json(json.dumps(example["body"]).encode() if "body" in example else raw)
        except ValueError:
            check(what, example["schema"] == "fails")
            continue
        if "headers" in example:
            value = structured(example["content_type"], example["headers"], value)
        found = problems(example["message"], value)
        if example["schema"] == "passes":
            check(what, not found, f"the schema refuses it, at {sorted(found)}")
        else:
            check(what, expected <= found, f"expected {sorted(expected)}, the schema found {sorted(found)}")


# -- AsyncAPI -----------------------------------------------------------------------------------------------------

def walk(value, pointer=""):
    yield pointer, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from walk(child, f"{pointer}/{key}")


def resolve(document, reference):
    """What a $ref points to; KeyError or OSError if nothing is there."""
    file, _, pointer = reference.partition("#")
    value = json.loads((HERE / file).read_text()) if file else document
    for part in filter(None, pointer.split("/")):
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return value


ASYNCAPI = HERE / "asyncapi.yaml"


def asyncapi():
    return yaml.safe_load(ASYNCAPI.read_text())


def check_asyncapi(document):
    check("asyncapi", str(document["asyncapi"]).startswith("3.0."), "is not version 3.0")
    referenced = set()
    for pointer, part in walk(document):
        if isinstance(part, dict) and "$ref" in part:
            referenced.add(part["$ref"])
            try:
                resolve(document, part["$ref"])
                check(pointer, True)
            except (KeyError, OSError):
                check(f"asyncapi {pointer}", False, f"{part['$ref']} leads nowhere")
    for name in schemas:
        check("asyncapi", f"./schemas/{name}.json" in referenced, f"{name} is no payload")
    for name in document["components"]["messages"]:
        check("asyncapi", f"#/components/messages/{name}" in referenced, f"message {name} is in no channel")
    for name, operation in document["operations"].items():
        what = f"operation {name}"
        check(what, operation["action"] in ("send", "receive"), "has no action")
        channel = operation["channel"]["$ref"]
        check(what, channel.startswith("#/channels/"), "has no channel")
        for message in operation["messages"]:
            check(what, message["$ref"].startswith(channel + "/messages/"), "has a message of another channel")
        binding = operation["bindings"]["amqp"]
        wanted = {"ack": True} if operation["action"] == "receive" else {"deliveryMode": 2}
        check(what, wanted.items() <= binding.items(), f"lacks {wanted}")
    for name, message in document["components"]["messages"].items():
        schema = resolve(document, message["payload"]["$ref"])
        for example in message.get("examples", []):
            wrong = list(jsonschema.Draft7Validator(schema).iter_errors(example["payload"]))
            check(f"message {name}", not wrong, f"{wrong}")


# -- What services declare ----------------------------------------------------------------------------------------

def check_topology(declared, document):
    """Compares exchanges, queues and bindings with what `reminders topology print --json` says."""
    bindings = [channel["bindings"]["amqp"] for channel in document["channels"].values()]
    documented = {b["exchange"]["name"]: b["exchange"] for b in bindings if b["is"] == "routingKey"}
    exchanges = {exchange["name"]: exchange for exchange in declared["exchanges"]}
    check("exchanges", set(documented) == set(exchanges),
          f"AsyncAPI and the services differ in {sorted(set(documented) ^ set(exchanges))}")
    for name in set(documented) & set(exchanges):
        for part in ("type", "durable"):
            check(f"exchange {name}", documented[name][part] == exchanges[name][part],
                  f"{part} should be {exchanges[name][part]}")

    documented = {b["queue"]["name"]: b for b in bindings if b["is"] == "queue"}
    queues = {queue["name"]: queue for queue in declared["queues"]}
    bound = {binding["queue"]: binding for binding in declared["bindings"]}
    check("queues", set(documented) == set(queues),
          f"AsyncAPI and the services differ in {sorted(set(documented) ^ set(queues))}")
    for name in set(documented) & set(queues):
        binding, queue = documented[name], queues[name]
        check(f"queue {name}", binding.get("x-arguments") == queue["arguments"],
              f"should have {queue['arguments']}")
        check(f"queue {name}", binding["queue"]["durable"] == queue["durable"], "is wrong about being durable")
        wanted = {"exchange": bound[name]["exchange"], "routingKey": bound[name]["routing_key"]}
        check(f"queue {name}", binding.get("x-binding") == wanted, f"is bound to {wanted}")

    # All of this may be written: what is written already stays as it is.
    text = ASYNCAPI.read_text()
    lists = asyncapi_queues.CHANNEL_LIST.findall(text)
    check("asyncapi", len(lists) == 2, f"{len(lists)} lists of channels were found, not those of deliveries and log")
    wanted = asyncapi_queues.written(text, document, declared)
    changed = [line for line in difflib.ndiff(text.splitlines(), wanted.splitlines()) if line[0] in "-+"]
    check("asyncapi", not changed, f"`check.py topology --write` would write {changed[:4]}")


def check_messages(name, lines):
    for number, line in enumerate(lines, 1):
        try:
            wrong = problems(name, strict_json(line))
            check(f"message {number}", not wrong, f"is no {name}: {sorted(wrong)}")
        except ValueError as error:
            check(f"message {number}", False, f"is refused: {error}")


def check_answers(lines):
    document = openapi_check.Document(openapi_check.FILE.read_text())
    for line in lines:
        answer = json.loads(line)
        wrong = document.answer_problems(answer["operation"], answer["status"], answer["headers"], answer["body"])
        name = answer.get("name") or answer["operation"]
        check(f"answer {answer['status']} of {name}", not wrong, f"{wrong}: {answer['body'][:500]}")


def check_contracts():
    check_schemas()
    check_valid_examples()
    check_invalid_examples()
    check_asyncapi(asyncapi())
    openapi_check.check_openapi(check)


def main(arguments):
    if not arguments:
        check_contracts()
    elif arguments == ["answers"]:
        check_answers(sys.stdin)
    elif arguments == ["topology"]:
        check_topology(json.load(sys.stdin), asyncapi())
    elif arguments == ["topology", "--write"]:
        declared = json.load(sys.stdin)
        ASYNCAPI.write_text(asyncapi_queues.written(ASYNCAPI.read_text(), asyncapi(), declared))
        check_topology(declared, asyncapi())
    elif len(arguments) == 1 and arguments[0] in schemas:
        check_messages(arguments[0], sys.stdin.buffer)
    else:
        print(f"usage: check.py [answers | topology [--write] | {' | '.join(schemas)}]", file=sys.stderr)
        return 2
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
