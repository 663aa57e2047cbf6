"""Opens many streams of frontend-push at once and measures how soon a pop-up reaches each of them."""

import asyncio
import base64
import hashlib
import hmac
import json
import resource
import time
from datetime import datetime

from measuring import percentile


def token(user, secret, **claims):
    """A JSON Web Token (RFC 7519) for an hour."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"sub": user, "exp": int(time.time()) + 3600, **claims})
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


class Stream(asyncio.Protocol):
    """One person's stream: notes when its head came, and when its pop-up did."""

    def __init__(self, user, request, opened, shown):
        self.user, self.request, self.opened, self.shown = user, request, opened, shown
        self.rest = b""
        self.is_open = False

    def connection_made(self, transport):
        transport.write(self.request)

    def data_received(self, data):
        now = time.time()
        text = self.rest + data
        if not self.is_open:
            if b"event: pending" not in text:
                self.rest = text
                return
            self.is_open = True
            self.opened(self.user, text.startswith(b"HTTP/1.1 200"))
        at = text.find(b"event: popup\n")
        end = text.find(b"\n\n", at) if at >= 0 else -1
        if end >= 0:
            popup = json.loads(text[text.index(b"data: ", at) + 6:end])
            written = datetime.fromisoformat(popup["created_at"].replace("Z", "+00:00")).timestamp()
            self.shown(self.user, now, written)
            text = b""
        self.rest = text if at >= 0 else text[-64:]

    def connection_lost(self, error):
        self.opened(self.user, False)


async def open_all(users, port, secret):
    """Opens a stream for each user, some hundred at a time; the streams, and the times of their pop-ups as they come."""
    loop = asyncio.get_running_loop()
    shown, waiting = {}, {}
    streams = []

    def opened(user, is_fine):
        future = waiting[user]
        if not future.done():
            future.set_result(is_fine)

    def show(user, now, written):
        shown.setdefault(user, (now, written))

    async def one(user):
        waiting[user] = loop.create_future()
        request = (
            f"GET /api/v1/reminders/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {token(user, secret)}\r\n\r\n"
        ).encode()
        transport, _ = await loop.create_connection(lambda: Stream(user, request, opened, show), "127.0.0.1", port)
        streams.append(transport)
        if not await waiting[user]:
            raise SystemExit(f"the stream of user {user} was refused or ended")

    for start in range(0, len(users), 200):
        await asyncio.gather(*(one(user) for user in users[start:start + 200]))
    return streams, shown


def measure(system, count):
    """`count` people with an open stream each, and a reminder that is due for all of them at one moment."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 1_000), hard))
    users = [str(number) for number in range(1, count + 1)]
    system.add_users(count)

    async def run():
        began = time.time()
        streams, shown = await open_all(users, system.ports["frontend-push http"], system.secret)
        opening = time.time() - began
        idle = system.memory("frontend-push")
        due = system.add_popups(count, seconds_ahead=8)
        deadline = due + 60
        while len(shown) < count and time.time() < deadline:
            await asyncio.sleep(0.05)
        for stream in streams:
            stream.close()
        if len(shown) < count:
            raise SystemExit(f"only {len(shown)} of {count} pop-ups came")
        after_due = sorted(now - due for now, _ in shown.values())
        after_list = sorted(now - written for now, written in shown.values())
        return {
            "streams": count,
            "opened_per_second": count / opening,
            "memory_mb": idle,
            "peak_memory_mb": system.memory("frontend-push", peak=True),
            "due_to_shown_seconds": {"p50": percentile(after_due, 50), "p99": percentile(after_due, 99), "last": after_due[-1]},
            "list_to_shown_seconds": {"p50": percentile(after_list, 50), "p99": percentile(after_list, 99), "last": after_list[-1]},
        }

    return asyncio.run(run())


def show(result):
    due, listed = result["due_to_shown_seconds"], result["list_to_shown_seconds"]
    print(f"\n{result['streams']:,} open streams on one frontend-push, opened at {result['opened_per_second']:,.0f} a second")
    print(f"  memory {result['memory_mb']:.0f} MB, most {result['peak_memory_mb']:.0f} MB")
    print(
        f"  one reminder each, all due at one moment: due to shown p50 {due['p50']:.2f} s, p99 {due['p99']:.2f} s,"
        f" last {due['last']:.2f} s"
    )
    print(
        f"  from the list to the browser: p50 {listed['p50'] * 1000:.0f} ms, p99 {listed['p99'] * 1000:.0f} ms,"
        f" last {listed['last'] * 1000:.0f} ms"
    )
