#!/usr/bin/python3
"""The broker as another client sees it (Debian's python3-pika): bodies and headers as JSON, one message a line.

broker.py URL publish EXCHANGE KEY CONTENT_TYPE  each line of stdin is one body, a JSON string; waits for the confirms
broker.py URL bind QUEUE EXCHANGE [EXCHANGE...]  a queue that gets a copy of everything
broker.py URL drain QUEUE                        takes all messages out of a queue and prints them
broker.py URL delete QUEUE                       deletes a queue with all that is in it
broker.py URL ready QUEUE                        prints how many messages a queue has that no consumer was handed
"""

import json
import sys

import pika


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


def ready(channel, queue):
    print(channel.queue_declare(queue, passive=True).method.message_count)


connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
verbs = {verb.__name__: verb for verb in (publish, bind, drain, delete, ready)}
verbs[sys.argv[2]](connection.channel(), *sys.argv[3:])
connection.close()
