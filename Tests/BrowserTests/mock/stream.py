"""One instance of the stream: server-sent events of the world's pop-ups."""

import json
import queue

from mock.api import claims_of
from mock.http import Handler

HEARTBEAT_SECONDS = 15


class Stream(Handler):
    world = None
    status = 200  # another one refuses every stream

    def do_GET(self):
        claims = claims_of(self)
        if claims is None:
            return self.answer(401, {"title": "Unauthorized", "status": 401}, "application/problem+json")
        if self.status != 200:
            return self.answer(self.status)
        last = int(self.headers.get("Last-Event-ID") or 0)
        events, pending = self.world.subscribe(claims["sub"])
        try:
            self.send_response(200)
            for name, value in (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("Connection", "close")):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"retry: 500\n\n")
            for popup in pending:
                if popup["id"] > last:
                    self.event("popup", popup)
            self.event("pending", {"ids": [popup["id"] for popup in pending]})
            while True:
                try:
                    self.event(*events.get(timeout=HEARTBEAT_SECONDS))
                except queue.Empty:
                    self.wfile.write(b": hb\n\n")
        finally:
            self.close_connection = True
            self.world.unsubscribe(events)

    def event(self, name, data):
        number = f"id: {data['id']}\n" if name == "popup" else ""
        self.wfile.write(f"{number}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())
