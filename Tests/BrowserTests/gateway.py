"""The site that the browser sees, at one address: the pages and the widget as files, test pages, and everything under
/api passed on to whatever serves it, as a load balancer would. It counts the streams that are open.
"""

import html
import http.client
import json
import mimetypes
import pathlib
import re
import select
import socket
import urllib.parse

from mock.http import Handler, Process

RESOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources/Services/API/Resources"
STRICT = "default-src 'self'; require-trusted-types-for 'script'; report-uri /csp-reports"
STREAM = "/api/v1/reminders/stream"
WIDGET = '<script type="module" src="/reminders-toast.js"></script><reminder-toasts {attributes}></reminder-toasts>'
CLASSIC = '<script src="/static/js/notifications.js" {attributes}></script>'
TEST_PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main><h1>A page of somebody else</h1>
<p><button id="mine">A button of the page</button> <a href="/page">A link</a></p></main>{widget}</body></html>"""


def is_joined(file):
    """A folder whose name ends in .js is one file, of its parts in the order of their names: as StaticFiles.swift has it: lines that only comment stay behind."""
    return file.is_dir() and file.suffix == ".js"


def content_of(file):
    if not is_joined(file):
        return with_parts(file.read_bytes()) if file.suffix == ".html" else file.read_bytes()
    lines = [line for part in sorted(file.iterdir()) for line in part.read_bytes().split(b"\n")]
    return b"\n".join(line for line in lines if not line.lstrip(b" ").startswith(b"//"))


def with_parts(page):
    """A page with what it includes, as StaticFiles.swift has it."""
    return re.sub(rb"<!--#include (parts/[\w.-]+)-->", lambda found: with_parts((RESOURCES / found[1].decode()).read_bytes()), page)


class Pages(Handler):
    gateway = None

    def do(self):
        if self.gateway.down:
            self.close_connection = True
            return None
        path = self.address.path
        if path == STREAM:
            return self.pass_stream()
        if path.startswith("/api/"):
            return self.pass_on()
        body = self.read_body()
        if path == "/csp-reports":
            self.gateway.violations.append(json.loads(body)["csp-report"])
            return self.answer(204)
        if path == "/demo.json" and self.gateway.demo:
            return self.answer(200, self.gateway.demo)
        if path == "/page":
            return self.answer(200, self.test_page(), "text/html; charset=utf-8", [("Content-Security-Policy", STRICT)])
        return self.file(path)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def test_page(self):
        options = dict(self.query)
        values = {"lang": options.pop("page-lang", "en"), "dir": options.pop("dir", "ltr")}
        template = CLASSIC if options.pop("classic", None) is not None else WIDGET
        attributes = " ".join(f'{name}="{html.escape(value)}"' for name, value in options.items())
        return TEST_PAGE.format(widget=template.format(attributes=attributes), **values).encode()

    def file(self, path):
        file = (RESOURCES / ("index.html" if path == "/" else path.lstrip("/"))).resolve()
        if not file.is_relative_to(RESOURCES) or not (file.is_file() or is_joined(file)):
            return self.answer(404, {"title": "Not Found", "status": 404})
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        connect = f"connect-src 'self' {(self.gateway.demo or {}).get('catcher', '')}"
        return self.answer(200, content_of(file), kind, [("Content-Security-Policy", f"{connect}; {STRICT}")])

    def pass_on(self):
        upstream = http.client.HTTPConnection(urllib.parse.urlsplit(self.gateway.api).netloc, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        try:
            upstream.request(self.command, self.path, self.read_body(), headers)
            response = upstream.getresponse()
            kept = [
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in ("content-length", "content-type", "connection", "date", "server", "transfer-encoding")
            ]
            self.answer(response.status, response.read(), response.getheader("Content-Type", "text/plain"), kept)
        except OSError:
            self.answer(502, {"title": "Bad Gateway", "status": 502})
        finally:
            upstream.close()

    def pass_stream(self):
        self.close_connection = True
        upstream = self.gateway.connect_to_a_stream()
        if upstream is None:
            return self.answer(502, {"title": "Bad Gateway", "status": 502})
        lines = [f"{self.command} {self.path} HTTP/1.1", f"Host: {upstream.getpeername()[0]}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in ("host", "connection")]
        upstream.sendall("\r\n".join([*lines, "", ""]).encode())
        stream = {"token": self.headers.get("Authorization"), "socket": self.connection, "last": self.headers.get("Last-Event-ID")}
        self.gateway.streams.append(stream)
        self.gateway.stream_requests += 1
        try:
            while True:
                ready, _, _ = select.select([upstream, self.connection], [], [], 60)
                if self.connection in ready and not self.connection.recv(4096):
                    return None  # the browser went away
                if upstream in ready:
                    part = upstream.recv(65536)
                    if not part:
                        return None
                    self.connection.sendall(part)
        finally:
            self.gateway.streams.remove(stream)
            upstream.close()


class Gateway:
    """`api` and `streams` are addresses of what serves them; `demo` is what /demo.json says."""

    def __init__(self, api, stream_urls, demo=None):
        self.api, self.stream_urls, self.demo = api, list(stream_urls), demo
        self.streams = []  # those that are open now
        self.stream_requests = 0
        self.violations = []
        self.down = False
        self.turn = 0
        self.process = Process(Pages, gateway=self).start()
        self.url = self.process.url

    def connect_to_a_stream(self):
        for _ in self.stream_urls:
            self.turn += 1
            address = urllib.parse.urlsplit(self.stream_urls[self.turn % len(self.stream_urls)])
            try:
                return socket.create_connection((address.hostname, address.port), timeout=20)
            except OSError:
                continue
        return None

    def cut(self):
        """The network is gone: every line breaks, and nothing is answered until `mend`."""
        self.down = True
        for connection in list(self.process.server.sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def mend(self):
        self.down = False
