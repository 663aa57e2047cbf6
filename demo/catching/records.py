"""What was caught, newest last, in memory and as files; and the answers that a test scripted."""

import collections
import datetime
import email
import email.policy
import json
import os
import threading

KINDS = ("mail", "posts")
KEPT_IN_MEMORY = 100_000


def describe_mail(raw, sender, recipients):
    """The parts of a mail that a reader or a test asks for; header values are decoded."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    bodies = {kind: message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")}
    return {
        "from": sender,
        "to": recipients,
        "subject": str(message.get("Subject", "")),
        "headers": {name: str(value) for name, value in message.items()},
        "text": bodies["plain"].get_content() if bodies["plain"] else None,
        "html": bodies["html"].get_content() if bodies["html"] else None,
        "raw": raw.decode("utf-8", "replace"),
    }


class Records:
    def __init__(self, directory):
        self.directory = directory
        self.lock = threading.Lock()
        self.kept = {kind: collections.deque(maxlen=KEPT_IN_MEMORY) for kind in KINDS}
        self.scripts = {kind: {} for kind in KINDS}
        self.connections = {"smtp": 0, "http": 0}
        # USER:PASSWORD that mail is taken after; None: without a login.
        self.login = None
        self.last_id = 0
        for kind in KINDS:
            (directory / kind).mkdir(parents=True, exist_ok=True)
            for file in sorted((directory / kind).glob("*.json")):
                try:
                    record = json.loads(file.read_text())
                except ValueError:  # cut off when the process was killed
                    continue
                self.kept[kind].append(record)
                self.last_id = max(self.last_id, record["id"])

    def add(self, kind, record, raw=None):
        with self.lock:
            self.last_id += 1
            now = datetime.datetime.now(datetime.timezone.utc)
            record = {"id": self.last_id, "received_at": now.isoformat().replace("+00:00", "Z"), **record}
            self.kept[kind].append(record)
            file = self.directory / kind / f"{self.last_id:08d}.json"
            file.write_text(json.dumps(record, ensure_ascii=False, indent=1))
            if raw is not None:
                file.with_suffix(".eml").write_bytes(raw)

    def newest_first(self, kind):
        with self.lock:
            return list(reversed(self.kept[kind]))

    def forget(self, kinds=KINDS):
        with self.lock:
            for kind in kinds:
                self.kept[kind].clear()
                self.scripts[kind].clear()
                for file in (self.directory / kind).iterdir():
                    os.unlink(file)

    def connected(self, kind):
        with self.lock:
            self.connections[kind] += 1

    def script(self, kind, key, answers):
        """The answers to the next attempts at `key` (a recipient, a path), in their order; then all is accepted."""
        with self.lock:
            self.scripts[kind][key] = list(answers)

    def scripted(self, kind, key):
        """The answer that is due now, used up by this; None when there is none."""
        with self.lock:
            answers = self.scripts[kind].get(key)
            return answers.pop(0) if answers else None
