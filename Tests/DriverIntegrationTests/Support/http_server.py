#!/usr/bin/python3
"""An HTTP server that behaves as the path says, for the tests of the Transfer driver.

It writes one JSON line for each thing that happens; the first one is {"event": "listening", "port": N}.
"""
import argparse
import json
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one write, or the client waits for a delayed acknowledgement.
    wbufsize = -1

    def setup(self):
        tell("connection")
        super().setup()

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"ok", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        tell("request", method=self.command, path=parts.path, size=len(body), peer=self.client_address[1],
             headers={name.lower(): value for name, value in self.headers.items()})
        words = parts.path.strip("/").split("/")
        if words[0] == "status":
            self.answer(int(words[1]), query.pop("body", "ok").encode(), list(query.items()))
        elif words[0] == "redirect":
            self.answer(302, b"", [("Location", "/status/200")])
        elif words[0] == "slow":
            time.sleep(float(words[1]))
            self.answer(200)
        elif words[0] == "huge":
            self.send_response(200)
            self.send_header("Content-Length", str(10**9))
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
        elif words[0] == "header-flood":
            self.send_response(200)
            try:
                for number in range(10**6):
                    self.send_header(f"X-{number}", "y" * 1000)
                    self.flush_headers()
            except OSError:
                self.close_connection = True
        elif words[0] == "drop":
            self.close_connection = True
        elif words[0] == "close":
            self.answer(200, headers=[("Connection", "close")])
            self.close_connection = True
        else:
            self.answer(404, b"no such hook")

    do_GET = do_POST


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    tell("listening", port=server.server_address[1])
    server.serve_forever()


main()
