"""The mock's ledger, its statistics and dead letters, and what its catcher caught."""

import collections
import datetime
import statistics
import uuid


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def text(instant):
    return instant.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


REPLIES = {"email": "250 2.0.0 Caught as 5", "mattermost": "200 OK", "frontend": "on the list"}


class Log:
    """Final records, what waits, and dead letters."""

    def __init__(self):
        self.final = []
        self.waiting = []
        self.dead_letters = []

    def deliver(self, reminder, user, channel, occurrence, due, case, **changes):
        recorded = changes.pop("recorded_at", None) or now()
        record = {
            "delivery_id": str(uuid.uuid4()), "occurrence_id": occurrence, "reminder_id": reminder["id"],
            "entity_type": reminder["entity_type"], "case_id": reminder["sag_id"], "title": reminder["title"],
            "user_id": user, "channel": channel, "outcome": "sent", "reason": None, "reply": REPLIES[channel],
            "due_at": text(due), "recorded_at": text(recorded),
        }  # fmt: skip
        record.update(changes)
        record.setdefault("attempts", [
            {"attempt": 1, "outcome": "delivered", "reason": None, "reply": record["reply"], "at": text(recorded)}
        ])  # fmt: skip
        self.final.append(record)
        return record

    def hold(self, reminder, user, channel, occurrence, due, reason, release_at):
        self.waiting.append({
            "delivery_id": str(uuid.uuid4()), "occurrence_id": occurrence, "reminder_id": reminder["id"],
            "entity_type": reminder["entity_type"], "case_id": reminder["sag_id"], "title": reminder["title"],
            "user_id": user, "channel": channel, "state": "held", "reason": reason,
            "release_at": release_at and text(release_at), "due_at": text(due), "attempts": [],
        })  # fmt: skip

    def knows(self, reminder):
        return any(one["reminder_id"] == reminder for one in self.final + self.waiting)

    def statistics(self, start, end, bucket):
        seconds = {"minute": 60, "hour": 3600, "day": 86400}[bucket]
        groups = collections.defaultdict(list)
        for record in self.final:
            at = datetime.datetime.fromisoformat(record["recorded_at"].replace("Z", "+00:00"))
            if start <= at < end:
                late = (at - datetime.datetime.fromisoformat(record["due_at"].replace("Z", "+00:00"))).total_seconds()
                begin = int(at.timestamp()) // seconds * seconds
                groups[begin, record["channel"], record["outcome"]].append(late)
        return [
            {
                "at": text(datetime.datetime.fromtimestamp(begin, datetime.timezone.utc)), "channel": channel,
                "outcome": outcome, "deliveries": len(late), "median_seconds": statistics.median(late),
                "p99_seconds": sorted(late)[int(len(late) * 0.99)],
            }
            for (begin, channel, outcome), late in sorted(groups.items())
        ]  # fmt: skip


def steps(delivery):
    """What the decision found, in its order."""
    if delivery.get("reason") == "quiet_hours":
        return [
            {"rule": "channels", "value": "email, mattermost, frontend (the user's defaults)", "consequence": "goes on"},
            {"rule": "quiet_hours", "value": "quiet from 22:00 to 07:00, and it is that now", "consequence": "held until 06:00Z"},
        ]
    return [
        {"rule": "channels", "value": "email, mattermost, frontend (the user's defaults)", "consequence": "goes on"},
        {"rule": "quiet_hours", "value": "no quiet hours", "consequence": "goes on"},
        {"rule": "rate_limit", "value": "2 of 5 within the hour", "consequence": "a permit is taken"},
    ]


def mail(reminder, user, occurrence):
    words = reminder["message"] or ""
    return {
        "id": occurrence, "received_at": text(now()), "from": "reminders@example.org", "to": [user["email"]],
        "subject": f"{reminder['title']} (case {reminder['sag_id']})",
        "headers": {"Subject": reminder["title"], "Message-ID": f"<{uuid.uuid4()}@example.org>", "From": "Reminders <reminders@example.org>"},
        "text": f"Hello {user['display_name'].split()[0]},\n\n{reminder['title']}\n{words}\n\nCase {reminder['sag_id']}\n",
        "html": None, "raw": "",
    }  # fmt: skip


def post(reminder, user):
    body = {
        "channel": f"@{user['mattermost_username']}", "username": "Reminders",
        "attachments": [{
            "fallback": reminder["title"], "title": reminder["title"], "text": reminder["message"] or "",
            "color": "#0b57a8", "fields": [{"title": "Case", "value": reminder["sag_id"], "short": True}],
        }],
    }  # fmt: skip
    return {"received_at": text(now()), "path": "/hooks/demo", "status": 200, "headers": {}, "json": body, "body": ""}
