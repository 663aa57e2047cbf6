#!/usr/bin/python3
"""The broker as another client sees it (Debian's python3-pika): bodies and headers as JSON, one message a line.

broker.py URL publish EXCHANGE KEY CONTENT_TYPE  each line of stdin is one body, a JSON string; waits for the confirms
broker.py URL bind QUEUE EXCHANGE [EXCHANGE...]  a queue that gets a copy of everything
broker.py URL drain QUEUE                        takes all messages out of a queue and prints them
broker.py URL delete QUEUE                       deletes a queue with all that is in it
broker.py URL may                                for each name on stdin, "exchange NAME" or "queue NAME", one line with what this
                                                 user may do with it: configure, write, read
broker.py URL spoil                              takes one queue away, and makes another other than it should be
broker.py URL ready QUEUE                        prints how many messages a queue has that no consumer was handed
"""

import json
import sys

import pika
import pika.exceptions


def publish(channel, exchange, key, content_type):
    channel.confirm_delivery()
    properties = pika.BasicProperties(content_type=content_type, delivery_mode=2)
    for line in sys.stdin:
        channel.basic_publish(exchange, key, json.loads(line).encode(), properties, mandatory=True)


def bind(channel, queue, *exchanges):
    channel.queue_declare(queue, durable=True)
    for exchange in exchanges:
        channel.queue_bind(queue, exchange, "#")


def drain(channel, queue):
    while True:
        method, properties, body = channel.basic_get(queue)
        if method is None:
            return
        facts = {name: value for name, value in vars(properties).items() if value is not None}
        facts["headers"] = {name: str(value) for name, value in (properties.headers or {}).items()}
        print(json.dumps({"key": method.routing_key, "properties": facts, "body": body.decode("utf-8", "replace")}))
        channel.basic_ack(method.delivery_tag)


def delete(channel, queue):
    channel.queue_delete(queue)


def spoil(channel):
    channel.queue_delete("rate-limiter.due.dead")
    channel.queue_delete("rate-limiter.due")
    arguments = {
        "x-queue-type": "quorum", "x-dead-letter-exchange": "reminders.dead",
        "x-dead-letter-routing-key": "rate-limiter.due", "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish", "x-delivery-limit": 5,
    }
    channel.queue_declare("rate-limiter.due", durable=True, arguments=arguments)
    channel.queue_bind("rate-limiter.due", "case.events", "#")


def ready(channel, queue):
    print(channel.queue_declare(queue, passive=True).method.message_count)


def refused(attempt):
    """Whether the broker refuses it for want of a right; whatever else it may say to it."""
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        attempt(channel)
    except pika.exceptions.ChannelClosedByBroker as error:
        return error.reply_code == 403
    except (pika.exceptions.UnroutableError, pika.exceptions.NackError):
        pass
    if channel.is_open:
        channel.close()
    return False


def hear(channel, exchange):
    """Binds a queue as it has one who hears of pop-ups: who may have none, hears nothing."""
    channel.queue_declare("frontend-push.popups.0", exclusive=True)
    channel.queue_bind("frontend-push.popups.0", exchange, "nothing")


def may(_):
    # Nothing that is there is changed: what is declared as something else is refused with 406 by who would be let.
    other = {"x-max-length": 1}
    for line in sys.stdin:
        kind, name = line.split()
        if kind == "queue":
            attempts = {
                "configure": lambda channel: channel.queue_declare(name, durable=True, arguments=other),
                "write": lambda channel: channel.queue_bind(name, "amq.topic", "nothing"),
                "read": lambda channel: channel.basic_get(name),
            }
        else:
            attempts = {
                "configure": lambda channel: channel.exchange_declare(name, "headers", arguments=other),
                "write": lambda channel: channel.basic_publish(name if name != "amq.default" else "", "nothing", b""),
                "read": lambda channel: hear(channel, name),
            }
        allowed = [right for right, attempt in attempts.items() if not refused(attempt)]
        print(" ".join([kind, name] + allowed))


connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
verbs = {verb.__name__: verb for verb in (publish, bind, drain, delete, may, spoil, ready)}
verbs[sys.argv[2]](connection.channel(), *sys.argv[3:])
connection.close()
