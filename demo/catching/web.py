"""The HTTP side: takes the posts that Mattermost's incoming webhooks would, and shows what was caught.

POST /hooks/ANY        a post, answered as Mattermost does: 200 and "ok"
POST /status/503       the same, answered with that status; ?retry_after=2 adds the header
POST /script           {"mail": {"a@b.example": ["451 4.7.0 later"]}, "posts": {"/hooks/ANY": [503, 200]}};
                       {"login": "user:password"} takes mail after that login only from now on
GET /mail, GET /posts  JSON, newest first; ?to=a@b.example or ?path=/hooks/ANY selects
GET /stats             how many were caught, and connections made
DELETE /mail, /posts   forgets them;  DELETE / everything, the scripts too
GET /                  a page for people
"""

import html
import http.server
import json
import threading
import urllib.parse

from catching.records import KINDS

LARGEST_BODY = 16 * 1024 * 1024
OUR_NAMES = ("127.0.0.1", "localhost", "catcher.localhost")

PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Caught mail and posts</title>
<meta name="viewport" content="width=device-width"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
summary {{ cursor: pointer; padding: .25rem 0 }} pre {{ white-space: pre-wrap; padding: .5rem 1rem; border-left: 3px solid }}
</style><h1>Caught mail and posts</h1><p>Nothing here was sent to anybody. Newest first; reload for more.
As JSON: <a href="/mail">/mail</a>, <a href="/posts">/posts</a>.</p>
<h2>Mail ({mail_count})</h2>{mail}<h2>Mattermost posts ({posts_count})</h2>{posts}</html>"""


def entry(at, title, body):
    return (
        f"<details><summary>{html.escape(at[11:19])} {html.escape(title)}</summary>"
        f"<pre>{html.escape(body)}</pre></details>"
    )


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120
    records = None

    def setup(self):
        super().setup()
        self.records.connected("http")

    def answer(self, status, body, kind="application/json", headers=()):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.origin_is_ours():
            self.send_header("Access-Control-Allow-Origin", self.headers["Origin"])
            self.send_header("Vary", "Origin")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def origin_is_ours(self):
        """The demo's page, at another port of this machine, may read what was caught."""
        if self.command not in ("GET", "HEAD"):
            return False
        origin = urllib.parse.urlsplit((self.headers or {}).get("Origin") or "")
        return origin.scheme == "http" and origin.hostname in OUR_NAMES

    def parse_request(self):
        if not super().parse_request():
            return False
        # A page elsewhere whose name was pointed at this machine may not read what was caught.
        host = urllib.parse.urlsplit("//" + self.headers.get("Host", "localhost")).hostname
        if host not in OUR_NAMES:
            self.close_connection = True
            self.answer(421, json.dumps({"error": "not for this host"}))
            return False
        self.address = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(self.address.query))
        return True

    def do_GET(self):
        path = self.address.path
        if path == "/":
            return self.answer(200, self.page(), "text/html")
        if path == "/stats":
            counts = {kind: len(self.records.kept[kind]) for kind in KINDS}
            connections = {f"{kind}_connections": count for kind, count in self.records.connections.items()}
            return self.answer(200, json.dumps({**counts, **connections}))
        if path.strip("/") not in KINDS:
            return self.answer(404, json.dumps({"error": "there is /mail, /posts, /stats and /"}))
        found = self.records.newest_first(path.strip("/"))
        if "to" in self.query:
            found = [record for record in found if self.query["to"].lower() in map(str.lower, record["to"])]
        if "path" in self.query:
            found = [record for record in found if record["path"] == self.query["path"]]
        return self.answer(200, json.dumps(found, ensure_ascii=False, indent=1) + "\n")

    def do_DELETE(self):
        kind = self.address.path.strip("/")
        if kind and kind not in KINDS:
            return self.answer(404, json.dumps({"error": "there is /mail, /posts and /"}))
        self.records.forget((kind,) if kind else KINDS)
        return self.answer(200, "{}")

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return self.answer(411 if not length.isdigit() else 413, json.dumps({"error": "length"}))
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        try:
            parsed = json.loads(body)
        except ValueError:
            parsed = None
        path = self.address.path
        if path == "/script":
            for kind in KINDS:
                for key, answers in (parsed or {}).get(kind, {}).items():
                    self.records.script(kind, key.lower() if kind == "mail" else key, answers)
            self.records.login = (parsed or {}).get("login", self.records.login)
            return self.answer(200, "{}")
        return self.take(path, body, parsed)

    def take(self, path, body, parsed):
        status = self.records.scripted("posts", path)
        if status is None:
            last = path.rpartition("/")[2]
            status = int(last) if path.startswith("/status/") and last.isdigit() else 200
        record = {"path": path, "status": status, "headers": dict(self.headers), "json": parsed, "body": body}
        self.records.add("posts", record)
        if status == 0:  # scripted: the line is lost after the request was read
            self.close_connection = True
            return None
        retry_after = self.query.get("retry_after")
        headers = [("Retry-After", retry_after)] if retry_after else []
        return self.answer(status, "ok" if status == 200 else f"status {status}", "text/plain", headers)

    def page(self):
        mail, posts = (self.records.newest_first(kind) for kind in KINDS)
        return PAGE.format(
            mail_count=len(mail),
            posts_count=len(posts),
            mail="".join(
                entry(one["received_at"], f"{', '.join(one['to'])}: {one['subject']}", one["text"] or one["raw"])
                for one in mail[:200]
            ),
            posts="".join(
                entry(
                    one["received_at"],
                    f"{one['path']} ({one['status']})",
                    json.dumps(one["json"], ensure_ascii=False, indent=1) if one["json"] else one["body"],
                )
                for one in posts[:200]
            ),
        )

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that went away


class WebServer:
    def __init__(self, records, port, tls):
        self.server = Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"records": records}))
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def start(self):
        self.thread.start()
        return self.server.server_address[1]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
