"""A small HTTP server on a free port of loopback that can be killed like a process, and started again."""

import http.server
import json
import socket
import threading
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def setup(self):
        super().setup()
        self.server.sockets.add(self.connection)

    def finish(self):
        self.server.sockets.discard(self.connection)
        super().finish()

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:  # the other side went away
            self.close_connection = True

    def parse_request(self):
        if not super().parse_request():
            return False
        self.address = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(self.address.query, keep_blank_values=True))
        return True

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body=b"", kind="application/json", headers=()):
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass


class Process:
    """One server: `start`, `kill` (every line is cut at once), `start` again on the same port."""

    def __init__(self, handler, **attributes):
        self.handler = type("BoundHandler", (handler,), attributes)
        self.port = 0
        self.server = None

    def start(self):
        self.server = Server(("127.0.0.1", self.port), self.handler)
        self.server.sockets = set()
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    @property
    def runs(self):
        return self.server is not None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        server, self.server = self.server, None
        if server is None:
            return
        server.socket.close()
        for connection in list(server.sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        server.shutdown()
