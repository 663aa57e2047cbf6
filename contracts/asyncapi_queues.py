"""The parts of asyncapi.yaml that follow from the topology: its queues, and what there is for each channel.

`reminders topology print --json | check.py topology --write` writes them. A description or summary that is there stays.
"""
import re

QUEUES = re.compile(r"(\n  # Queues:[^\n]*\n(?:  #[^\n]*\n)*).*?(?=\noperations:\n)", re.DOTALL)
RECEIVERS = re.compile(r"  \w+\.receiveDelivery:\n.*?(?=  \w+\.(?!receiveDelivery)\w+:\n)", re.DOTALL)
CHANNEL_LIST = re.compile(r"(description: The channel of the delivery\.\n +enum: )\[[^]]*\]")
# What a queue holds, by the exchange it is bound to: the messages, and in words.
HELD = {
    "case.events": (["caseEvent", "caseEventBinary"], "Case events for {service}."),
    "reminders.due": (["reminderDue"], "Due occurrences for {service}."),
    "reminders.deliveries": (["deliveryRequested"], "Deliveries through {key}, for {service}."),
}
ARGUMENTS = ["x-queue-type", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy",
             "x-overflow", "x-delivery-limit", "x-message-ttl"]


def works(declared):
    """The bindings of the queues that services consume, in the order in which they are declared."""
    return [binding for binding in declared["bindings"] if binding["exchange"] in HELD]


def channels(declared):
    """The channels there are, in the order of their queues."""
    return [binding["routing_key"] for binding in works(declared) if binding["exchange"] == "reminders.deliveries"]


def receiver(queue):
    """The name of the operation that takes deliveries from a queue: emailSender.receiveDelivery."""
    first, *rest = queue.split(".")[0].split("-")
    return first + "".join(word.capitalize() for word in rest) + ".receiveDelivery"


def quoted(value):
    return str(value) if isinstance(value, int) else value if re.fullmatch(r"[\w.-]+", value) else f"'{value}'"


def queue_text(queue, binding, work, known):
    name, service = queue["name"], work["queue"].split(".")[0]
    messages, words = HELD[work["exchange"]]
    if name.endswith(".dead"):
        words = f"Dead letters of {work['queue']}, each with its x-reason."
    elif name != work["queue"]:
        words = f"Wait {name.rsplit('.', 1)[1]} and go back to {work['queue']}."
    words = known.get(name, {}).get("description", words.format(service=service, key=work["routing_key"]))
    unnamed = sorted(queue["arguments"].keys() - set(ARGUMENTS))
    arguments = [argument for argument in ARGUMENTS + unnamed if argument in queue["arguments"]]
    return "\n".join([
        f"  {name}:",
        f"    address: '{name}'",
        f"    description: {words}",
        "    messages:",
        *(f"      {message}: {{$ref: '#/components/messages/{message}'}}" for message in messages),
        "    bindings:",
        "      amqp:",
        "        is: queue",
        f"        queue: {{name: {name}, durable: {str(queue['durable']).lower()}, exclusive: false, autoDelete: false}}",
        "        bindingVersion: 0.3.0",
        "        x-arguments:",
        *(f"          {argument}: {quoted(queue['arguments'][argument])}" for argument in arguments),
        f"        x-binding: {{exchange: {binding['exchange']}, routingKey: {quoted(binding['routing_key'])}}}",
    ]) + "\n"


def receiver_text(queue, known):
    name, service = receiver(queue), queue.split(".")[0]
    summary = known.get(name, {}).get("summary", f"{service} sends a delivery, and says how that ended.")
    return "\n".join([
        f"  {name}:",
        "    action: receive",
        f"    channel: {{$ref: '#/channels/{queue}'}}",
        f"    summary: {summary}",
        "    messages:",
        f"      - {{$ref: '#/channels/{queue}/messages/deliveryRequested'}}",
        "    bindings: {amqp: {ack: true, bindingVersion: 0.3.0}}",
    ]) + "\n"


def written(text, document, declared):
    """The text of asyncapi.yaml with these parts as the topology has them."""
    bound = {binding["queue"]: binding for binding in declared["bindings"]}
    services = works(declared)

    def work_of(name):
        return next(work for work in services if name == work["queue"] or name.startswith(work["queue"] + "."))

    queues = "".join(queue_text(queue, bound[queue["name"]], work_of(queue["name"]), document["channels"])
                     for queue in declared["queues"])
    receivers = "".join(receiver_text(work["queue"], document["operations"]) for work in services
                        if work["exchange"] == "reminders.deliveries")
    text = QUEUES.sub(lambda found: found[1] + queues, text, count=1)
    text = RECEIVERS.sub(lambda _: receivers, text, count=1)
    return CHANNEL_LIST.sub(lambda found: f"{found[1]}[{', '.join(channels(declared))}]", text)
