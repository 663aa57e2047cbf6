"""A week in a small office, told to the mock, so that the pages have something to show."""

import datetime
import json
import random

from mock.deliveries import steps
from mock.world import now, text

CASES = {
    "123": ("Printer on the second floor", "i_gang"), "124": ("New laptop for Clara", "ny"),
    "131": ("Router at the warehouse", "i_gang"), "140": ("Contract with Nordlys", "afventer"),
}  # fmt: skip
TITLES = ("Call the customer back", "Check the backup", "Send the offer", "Answer the supplier", "Order toner", "Daily status")
OUTCOMES = [("sent", None, None)] * 30 + [
    ("withdrawn", "case_closed", None), ("withdrawn", "dismissed", None),
    ("rejected", None, "550 5.1.1 No such user"), ("dropped", "too_late", None),
]  # fmt: skip


def tell(mock):
    """Returns the tokens' people as /demo.json shows them."""
    world = mock.world
    chance = random.Random(4)
    with world.lock:
        for number, (title, status) in CASES.items():
            world.cases["case", number] = {"title": title, "status": status, "url": f"https://hub.example.org/sag/{number}"}
        plan(world)
        history(world, chance)
        trouble(world)


def plan(world):
    tomorrow = (now() + datetime.timedelta(days=1)).date()
    at = lambda days, clock: f"{tomorrow + datetime.timedelta(days=days)}T{clock}:00"  # noqa: E731
    for case, body in (
        ("131", {"title": "Check the backup", "message": "Both servers, and a file restored.", "scheduled_at": at(0, "08:30"), "recurrence_type": "rrule", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "notify_email": True, "notify_mattermost": True}),
        ("140", {"title": "Contract with Nordlys ends", "message": "Three months' notice.", "priority": "high", "scheduled_at": at(12, "09:00")}),
        ("123", {"title": "Order toner", "scheduled_at": at(3, "10:00"), "recurrence_type": "rrule", "rrule": "FREQ=MONTHLY;BYDAY=-1FR", "priority": "low", "notify_mattermost": False}),
        ("124", {"title": "Invoice for support", "scheduled_at": at(6, "12:00"), "recurrence_type": "monthly"}),
    ):
        world.create(case, body, "1")


def history(world, chance):
    people = list(world.users)
    for index in range(420):
        age = chance.expovariate(1 / 9) if index % 3 else chance.uniform(0, 24)
        due = now() - datetime.timedelta(hours=min(age, 160), seconds=chance.uniform(30, 900))
        if due.hour < 6 and chance.random() < 0.8:
            due += datetime.timedelta(hours=-10)
        case = chance.choice(list(CASES))
        reminder = {"id": 900 + index % 40, "entity_type": "case", "sag_id": case, "title": chance.choice(TITLES)}
        channel = chance.choice(["frontend", "email", "mattermost"])
        outcome, reason, reply = chance.choice(OUTCOMES)
        late = chance.lognormvariate(-2.6, 0.7) + (2.2 if chance.random() < 0.012 else 0)
        record = {"outcome": outcome, "reason": reason, "recorded_at": due + datetime.timedelta(seconds=late)}
        if outcome == "sent":
            del record["reason"], record["outcome"]
        elif outcome == "rejected":
            channel, record["reply"] = "email", reply
            record["attempts"] = [{"attempt": 1, "outcome": "rejected", "reason": None, "reply": reply, "at": text(due)}]
        else:
            record.update(reply=None, attempts=[])
        if outcome == "sent" and channel == "mattermost" and chance.random() < 0.05:
            second = text(due + datetime.timedelta(seconds=5))
            record["attempts"] = [
                {"attempt": 1, "outcome": "deferred", "reason": None, "reply": "503 Service Unavailable", "at": text(due)},
                {"attempt": 2, "outcome": "delivered", "reason": None, "reply": "200 OK", "at": second},
            ]
            record["recorded_at"] = due + datetime.timedelta(seconds=5.2)
        world.log.deliver(reminder, chance.choice(people), channel, 5000 + index, due, {}, **record)


def trouble(world):
    morning = now().replace(hour=6, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
    late = {"id": 17, "entity_type": "case", "sag_id": "140", "title": "Answer the supplier"}
    for channel in ("email", "mattermost"):
        world.log.hold(late, "1", channel, 7001, now() - datetime.timedelta(minutes=12), "quiet_hours", morning)
    sixth = {"id": 18, "entity_type": "case", "sag_id": "124", "title": "Laptop has arrived"}
    world.log.hold(sixth, "2", "email", 7002, now() - datetime.timedelta(minutes=3), "rate_limited", now() + datetime.timedelta(minutes=21))
    body = {"delivery_id": "5a0f…", "channel": "email", "recipient": {"address": "bo@example.org"}}
    world.log.dead_letters += [
        {"id": 3, "queue": "email-sender.deliveries", "reason": "gave up after 6 attempts: 451 4.7.1 Greylisted", "message_id": "m-3", "type": "delivery.requested.v1", "created_at": text(now() - datetime.timedelta(minutes=41)), "settled_at": None, "settled_how": None, "body": json.dumps(body), "headers": [{"name": "x-reason", "value": "451 4.7.1 Greylisted"}]},
        {"id": 2, "queue": "scheduler.case-events", "reason": "/data/status: must be a text", "message_id": "ev-77", "type": "dk.example.case.status_changed.v1", "created_at": text(now() - datetime.timedelta(hours=5)), "settled_at": None, "settled_how": None, "body": "{\"specversion\": \"1.0\"}", "headers": []},
    ]  # fmt: skip


def explain(world, reminder, user):
    """What the mock has to say of a reminder."""
    records = [one for one in world.log.final if one["reminder_id"] == reminder["id"] and one["user_id"] == user]
    held = [one for one in world.log.waiting if one["reminder_id"] == reminder["id"] and one["user_id"] == user]
    told = [
        {
            "delivery_id": one["delivery_id"], "channel": one["channel"], "state": one.get("outcome", "held"),
            "reason": one["reason"], "words": f"It was sent at {one['recorded_at']}." if "outcome" in one else f"It waits until {one['release_at']}.",
            "release_at": one.get("release_at"), "steps": steps(one), "holds": [], "attempts": one["attempts"],
        }
        for one in records + held
    ]  # fmt: skip
    due = (records + held)[0]["due_at"] if told else None
    words = f"It came through {len(records)} of {len(told)} channels."
    following = reminder["next_check_at"]
    outlook = [{"channel": channel, "outcome": "sent", "reason": None, "at": following} for channel in ("frontend", "email")]
    return {
        "summary": words if told else f"It has not come yet, and is due at {following}.",
        "reminder_id": reminder["id"], "user_id": user, "skipped": [],
        "occurrences": [{"id": 1, "why": "Its time had come.", "words": words, "due_at": due, "deliveries": told, "forecast": None}] if told else [],
        "next": following and {"due_at": following, "why": "", "words": f"It comes again at {following}.",
            "forecast": {"channels": outlook, "decisions": [{"at": following, "steps": steps({})}]}},
    }  # fmt: skip
