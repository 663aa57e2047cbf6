"""What the mock knows: people, reminders, pop-ups, deliveries and dead letters, in memory."""

import datetime
import itertools
import queue
import threading
import zoneinfo

from dateutil import rrule as recurrence

from mock import deliveries

PRESET_RULES = {"daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY", "monthly": "FREQ=MONTHLY"}
CHANNELS = ("frontend", "email", "mattermost")
# What the API says about the rules that the tests choose; of others the mock only says that there is one.
WORDS = {
    "FREQ=DAILY": "Every day", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "Every workday",
    "FREQ=MONTHLY;BYDAY=-1FR": "Every month on the last Friday",
}  # fmt: skip


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def text(instant):
    return None if instant is None else instant.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def instant(value, zone="UTC"):
    """RFC 3339, or a time on the clock of `zone`."""
    parsed = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zoneinfo.ZoneInfo(zone))


def words(reminder):
    """How often it comes, as the API says it in each language; the mock knows English only."""
    rule = reminder["rrule"] if reminder["recurrence_type"] == "rrule" else PRESET_RULES.get(reminder["recurrence_type"])
    said = f"{WORDS.get(rule, 'By a rule')} at {reminder['scheduled_local'][11:16]}" if rule else "Once"
    return {"en": said, "da": said, "de": said}


class World:
    """Everything, behind one lock. Reminders fire by themselves when they are due."""

    def __init__(self):
        self.lock = threading.RLock()
        self.numbers = itertools.count(1)
        self.users = {
            "1": {"display_name": "Anna Jensen", "email": "anna@example.org", "mattermost_username": "anna"},
            "2": {"display_name": "Bo Nielsen", "email": "bo@example.org", "mattermost_username": "bo"},
            "3": {"display_name": "Clara Weber", "email": "clara@example.org", "mattermost_username": "clara"},
        }
        self.preferences = {user: self.default_preferences(user) for user in self.users}
        self.cases = {}
        self.reminders = {}
        self.responses = {}
        self.popups = []
        self.subscribers = []
        self.log = deliveries.Log()
        self.mail, self.posts = [], []
        self.kept_answers = {}
        self.stopped = threading.Event()
        threading.Thread(target=self.fire_when_due, daemon=True).start()

    def change_preferences(self, user, fields):
        kept = self.preferences[user]
        kept.update(fields, updated_at=text(now()))
        for channel in CHANNELS:
            if "channels" in fields:
                kept[f"notify_{channel}"] = channel in fields["channels"]
        kept["channels"] = [channel for channel in CHANNELS if kept[f"notify_{channel}"]]
        return kept

    def default_preferences(self, user):
        return {
            "user_id": user, "notify_email": True, "notify_mattermost": True, "notify_frontend": True,
            "channels": list(CHANNELS),
            "email_override": None, "quiet_hours_enabled": False, "quiet_hours_start": "22:00",
            "quiet_hours_end": "07:00", "quiet_hours_days": [1, 2, 3, 4, 5, 6, 7],
            "time_zone": "Europe/Copenhagen", "locale": "en",
            "display_name": self.users.get(user, {}).get("display_name"),
            "email": self.users.get(user, {}).get("email"), "updated_at": text(now()),
        }  # fmt: skip

    # Reminders

    def create(self, sag_id, body, creator):
        zone = body.get("time_zone") or self.preferences[creator]["time_zone"]
        with self.lock:
            number = next(self.numbers)
            reminder = {
                "id": number, "entity_type": "case", "sag_id": str(sag_id), "title": "", "message": None,
                "priority": "normal", "trigger_type": "time_based", "trigger_config": {},
                "recipient_user_ids": [creator], "recipient_emails": [], "notify_email": None,
                "notify_mattermost": None, "notify_frontend": None, "override_user_preferences": False,
                "recurrence_type": "once", "rrule": None, "exdates": [], "month_end": "backward", "recurrence_words": None,
                "time_zone": zone, "scheduled_at": None, "scheduled_local": None, "next_check_at": None,
                "last_fired_at": None, "fired_count": 0, "set_aside_at": None, "set_aside_reason": None, "catch_up": "latest", "maximum_lateness_seconds": None,
                "is_active": True, "created_by": creator, "created_via": "api", "created_at": text(now()),
                "updated_at": text(now()), "deleted_at": None,
            }  # fmt: skip
            self.reminders[number] = reminder
            self.change(reminder, body)
            return reminder

    def change(self, reminder, fields):
        reminder.update(fields)
        for channel in CHANNELS:
            if fields.get("channels") is not None and channel in fields["channels"]:
                reminder[f"notify_{channel}"] = True
            elif fields.get("channels_off") is not None and channel in fields["channels_off"]:
                reminder[f"notify_{channel}"] = False
            elif "channels" in fields:
                reminder[f"notify_{channel}"] = None
        for name, answer in (("channels", True), ("channels_off", False)):
            reminder[name] = [channel for channel in CHANNELS if reminder[f"notify_{channel}"] is answer]
        reminder["recipient_user_ids"] = [str(user) for user in reminder["recipient_user_ids"]]
        if fields.get("scheduled_at"):
            at = instant(fields["scheduled_at"], reminder["time_zone"])
            local = at.astimezone(zoneinfo.ZoneInfo(reminder["time_zone"]))
            reminder["scheduled_at"] = text(at)
            reminder["scheduled_local"] = local.replace(tzinfo=None).isoformat(timespec="seconds")
        reminder["recurrence_words"] = words(reminder) if reminder["trigger_type"] == "time_based" else None
        coming = self.occurrences(reminder, now() - datetime.timedelta(seconds=5), 1)
        reminder["next_check_at"] = coming[0]["at"] if coming and reminder["is_active"] else None
        reminder["updated_at"] = text(now())

    def preview(self, body, user):
        """What a recurrence means that nobody keeps."""
        zone = body.get("time_zone") or self.preferences[user]["time_zone"]
        at = instant(body["scheduled_at"], zone)
        local = at.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds")
        asked = {
            "trigger_type": "time_based", "recurrence_type": body.get("recurrence_type") or "once",
            "rrule": body.get("rrule"), "time_zone": zone, "scheduled_at": text(at), "scheduled_local": local,
        }  # fmt: skip
        items = self.occurrences(asked, at if asked["recurrence_type"] == "once" else max(at, now()), body.get("count") or 5)
        return {"words": words(asked), "time_zone": zone, "items": items}

    def occurrences(self, reminder, after, count):
        if reminder["trigger_type"] != "time_based" or not reminder["scheduled_at"]:
            return []
        zone = zoneinfo.ZoneInfo(reminder["time_zone"])
        start = instant(reminder["scheduled_at"]).astimezone(zone).replace(tzinfo=None)
        rule = reminder["rrule"] if reminder["recurrence_type"] == "rrule" else PRESET_RULES.get(reminder["recurrence_type"])
        if not rule:
            times = [start]
        else:
            local_after = after.astimezone(zone).replace(tzinfo=None)
            times = recurrence.rrulestr(rule, dtstart=start).xafter(local_after, count=count, inc=True)
        found = [
            {"at": text(time.replace(tzinfo=zone)), "local": time.isoformat(timespec="seconds"), "remark": None}
            for time in times
        ]
        return [one for one in found if instant(one["at"]) >= after][:count]

    def fire_when_due(self):
        while not self.stopped.wait(0.05):
            with self.lock:
                for reminder in list(self.reminders.values()):
                    due = reminder["next_check_at"]
                    if due and reminder["is_active"] and instant(due) <= now():
                        self.fire(reminder, instant(due))

    def fire(self, reminder, due):
        reminder["fired_count"] += 1
        reminder["last_fired_at"] = text(due)
        coming = self.occurrences(reminder, due + datetime.timedelta(seconds=1), 1)
        reminder["next_check_at"] = coming[0]["at"] if coming and reminder["recurrence_type"] != "once" else None
        for user in reminder["recipient_user_ids"]:
            response = self.responses.get((reminder["id"], user), {})
            if not response.get("dismissed_at"):
                self.notify(reminder, user, due)

    def notify(self, reminder, user, due):
        occurrence = next(self.numbers)
        case = self.cases.get((reminder["entity_type"], reminder["sag_id"]), {})
        for channel in CHANNELS:
            if reminder[f"notify_{channel}"] is False or not self.preferences[user][f"notify_{channel}"]:
                continue
            delivery = self.log.deliver(reminder, user, channel, occurrence, due, case)
            if channel == "frontend":
                self.show(reminder, user, occurrence, delivery, due, case)
            elif channel == "email":
                self.mail.insert(0, deliveries.mail(reminder, self.users[user], occurrence))
            else:
                self.posts.insert(0, deliveries.post(reminder, self.users[user]))

    # Pop-ups

    def show(self, reminder, user, occurrence, delivery, due, case):
        popup = {
            "id": next(self.numbers), "reminder_id": reminder["id"], "occurrence_id": occurrence,
            "delivery_id": delivery["delivery_id"], "title": reminder["title"], "message": reminder["message"],
            "creator": None, "priority": reminder["priority"], "entity_type": reminder["entity_type"], "case_id": reminder["sag_id"],
            "case_title": case.get("title"), "case_status": case.get("status"), "url": case.get("url"),
            "trigger_type": reminder["trigger_type"], "recurring": reminder["recurrence_type"] != "once",
            "due_at": text(due), "created_at": text(now()),
        }  # fmt: skip
        self.popups.append({"user": user, "popup": popup, "settled": None})
        self.publish(user, ("popup", popup))

    def pending(self, user):
        return [one["popup"] for one in self.popups if one["user"] == user and one["settled"] is None]

    def publish(self, user, event):
        for subscriber, events in self.subscribers:
            if subscriber == user:
                events.put(event)

    def subscribe(self, user):
        with self.lock:
            events = queue.Queue()
            self.subscribers.append((user, events))
            return events, self.pending(user)

    def unsubscribe(self, events):
        with self.lock:
            self.subscribers = [one for one in self.subscribers if one[1] is not events]

    # What people do

    def respond(self, number, user, kind, body):
        with self.lock:
            reminder = self.reminders[number]
            response = self.responses.setdefault((number, user), {"snoozed_until": None, "dismissed_at": None, "acknowledged_at": None})
            if kind == "snooze":
                minutes = body.get("minutes") or body.get("duration_minutes")
                until = now() + datetime.timedelta(minutes=minutes) if minutes else instant(body["until"])
                response.update(snoozed_until=text(until), dismissed_at=None)
                threading.Timer(max(0, (until - now()).total_seconds()), self.wake, (reminder, user, until)).start()
            elif kind == "dismiss":
                response["snoozed_until"] = None
                if body.get("scope") != "occurrence":
                    response["dismissed_at"] = text(now())
            else:
                response.update(snoozed_until=None, acknowledged_at=text(now()))
            self.settle(number, user, {"snooze": "snoozed", "dismiss": "dismissed"}.get(kind, "acknowledged"))
            return {"reminder_id": number, "user_id": user, **response, "next_at": reminder["next_check_at"]}

    def settle(self, number, user, how):
        mine = [one for one in self.popups if one["user"] == user and one["popup"]["reminder_id"] == number]
        pending = [one for one in mine if one["settled"] is None]
        for one in pending:
            one["settled"] = how
        if pending:
            self.publish(user, ("settled", {"ids": [one["popup"]["id"] for one in pending], "how": how}))

    def take_back(self, number, user, kind):
        """The opposite of `respond`: what was settled by it is pending again."""
        with self.lock:
            response = self.responses.get((number, user), {})
            how = {"snooze": "snoozed", "dismiss": "dismissed"}.get(kind, "acknowledged")
            response.update({f"{how}_until" if kind == "snooze" else f"{how}_at": None})
            for one in self.popups:
                if one["user"] == user and one["popup"]["reminder_id"] == number and one["settled"] == how:
                    one["settled"] = None
                    self.publish(user, ("popup", one["popup"]))

    def wake(self, reminder, user, until):
        with self.lock:
            if self.responses[reminder["id"], user]["snoozed_until"] == text(until):
                self.notify(reminder, user, until)

    def remove(self, reminder):
        with self.lock:
            reminder.update(deleted_at=text(now()), is_active=False, next_check_at=None)
            for user in reminder["recipient_user_ids"]:
                self.settle(reminder["id"], user, "withdrawn")
