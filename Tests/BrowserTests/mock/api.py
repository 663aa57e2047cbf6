"""The HTTP API as the mock answers it: enough of the contract for the widget and the pages."""

import base64
import datetime
import hashlib
import json
import re
import urllib.parse

from mock import deliveries
from mock.http import Handler
from mock.world import instant, now, text


def make_token(user, scope=""):
    """A token that only the mock takes: nobody signs it."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": user, "scope": scope}).encode()).decode().rstrip("=")
    return f"mock.{claims}.unsigned"


def claims_of(handler):
    found = re.fullmatch(r"Bearer mock\.([\w-]+)\.unsigned", handler.headers.get("Authorization") or "")
    return json.loads(base64.urlsafe_b64decode(found[1] + "==")) if found else None


class Problem(Exception):
    def __init__(self, status, title, detail=None, errors=()):
        super().__init__(detail)
        self.status = status
        self.body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": list(errors)}


NOT_FOUND = Problem(404, "Not Found", "Reminder not found")
ROUTES = []


def route(method, pattern):
    def register(function):
        ROUTES.append((method, re.compile("/api/v1" + re.sub(r"\{\w+\}", r"([^/]+)", pattern)), function))
        return function

    return register


class API(Handler):
    world = None
    failing = 0  # the status everything is answered with, when not 0

    def do(self):
        body = self.read_body()
        try:
            if self.failing:
                raise Problem(self.failing, "Failing")
            self.claims = claims_of(self)
            if self.claims is None:
                raise Problem(401, "Unauthorized", "The token is missing or invalid")
            self.user, self.is_admin = self.claims["sub"], "admin" in self.claims["scope"].split()
            for method, pattern, function in ROUTES:
                found = pattern.fullmatch(self.address.path)
                if found and method == self.command:
                    return self.reply(function, found, body)
            raise Problem(404, "Not Found")
        except Problem as problem:
            self.answer(problem.status, problem.body, "application/problem+json")

    do_GET = do_POST = do_PATCH = do_DELETE = do

    def reply(self, function, found, body):
        key = self.headers.get("Idempotency-Key")
        kept = self.world.kept_answers.get((self.user, self.address.path, key)) if key else None
        if kept:
            return self.answer(*kept, headers=[("Idempotency-Replayed", "true")])
        status, answer = function(self, json.loads(body) if body else {}, *map(urllib.parse.unquote, found.groups()))
        encoded = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        if key:
            self.world.kept_answers[self.user, self.address.path, key] = (status, encoded)
        tag = '"%s"' % hashlib.sha256(encoded).hexdigest()[:16]
        if self.command == "GET" and self.headers.get("If-None-Match") == tag:
            return self.answer(304, headers=[("ETag", tag)])
        return self.answer(status, encoded, headers=[("ETag", tag)])

    def reminder(self, number):
        found = self.world.reminders.get(int(number)) if number.isdigit() else None
        if not found or (found["created_by"] != self.user and self.user not in found["recipient_user_ids"] and not self.is_admin):
            raise NOT_FOUND
        return found

    def require_admin(self):
        if not self.is_admin:
            raise Problem(403, "Forbidden", "This needs the scope admin")

    def page(self, items):
        limit, start = int(self.query.get("limit", 50)), int(self.query.get("cursor", 0))
        more = str(start + limit) if start + limit < len(items) else None
        return 200, {"items": items[start : start + limit], "next_cursor": more}


# Reminders


@route("GET", "/sag/{id}/reminders")
def reminders_of_case(self, _, sag_id):
    return self.page([one for one in self.world.reminders.values() if one["sag_id"] == sag_id and not one["deleted_at"]])


@route("POST", "/sag/{id}/reminders")
def create(self, body, sag_id):
    errors = [] if body.get("title") else [{"pointer": "/title", "detail": "must not be empty"}]
    if body.get("trigger_type", "time_based") == "time_based" and not body.get("scheduled_at"):
        errors.append({"pointer": "/scheduled_at", "detail": "is required"})
    if errors:
        raise Problem(422, "Unprocessable Content", "The reminder is not valid", errors)
    created = self.world.create(sag_id, body, self.user)
    return 201, {**created, "occurrences": {"items": self.world.occurrences(created, now(), 5)}}


@route("GET", "/sag/reminders/{id}")
def one(self, _, number):
    return 200, self.reminder(number)


@route("PATCH", "/sag/reminders/{id}")
def change(self, body, number):
    self.world.change(self.reminder(number), body)
    return 200, self.reminder(number)


@route("DELETE", "/sag/reminders/{id}")
def delete(self, _, number):
    self.world.remove(self.reminder(number))
    return 204, None


@route("GET", "/sag/reminders/{id}/occurrences")
def occurrences(self, _, number):
    start = instant(self.query["from"]) if "from" in self.query else now()
    return 200, {"items": self.world.occurrences(self.reminder(number), start, int(self.query.get("count", 10)))}


@route("POST", "/recurrence/preview")
def preview(self, body):
    if not body.get("scheduled_at"):
        raise Problem(422, "Unprocessable Content", "The recurrence is not valid", [{"pointer": "/scheduled_at", "detail": "is required"}])
    try:
        return 200, self.world.preview(body, self.user)
    except ValueError:
        errors = [{"pointer": "/rrule", "detail": "FREQ: it is no frequency; give DAILY, WEEKLY, MONTHLY or YEARLY"}]
        raise Problem(422, "Unprocessable Content", "The recurrence is not valid", errors) from None


def interaction(kind):
    @route("POST", "/sag/reminders/{id}/" + kind)
    def respond(self, body, number):
        return 200, self.world.respond(self.reminder(number)["id"], self.user, kind, body)

    @route("DELETE", "/sag/reminders/{id}/" + kind)
    def take_back(self, _, number):
        self.world.take_back(self.reminder(number)["id"], self.user, kind)
        return 204, None


for _kind in ("snooze", "dismiss", "acknowledge"):
    interaction(_kind)


@route("GET", "/reminders/pending/me")
def pending(self, _):
    return self.page(self.world.pending(self.user)[::-1])


@route("GET", "/reminders")
def simple(self, _):
    mine = [one for one in self.world.reminders.values() if self.user in one["recipient_user_ids"] and one["next_check_at"]]
    mine.sort(key=lambda one: one["next_check_at"])
    return self.page([
        {
            "id": f"REM-{one['id']:03}", "user_id": self.user, "entity_type": one["entity_type"],
            "entity_id": one["sag_id"], "message": one["title"], "remind_at": one["next_check_at"], "is_sent": False,
            "created_via": one["created_via"], "created_at": one["created_at"],
        }
        for one in mine
    ])  # fmt: skip


# The person


@route("GET", "/users/me/notification-preferences")
def preferences(self, _):
    return 200, self.world.preferences[self.user]


@route("PATCH", "/users/me/notification-preferences")
def change_preferences(self, body):
    if body.get("quiet_hours_enabled") and body.get("quiet_hours_start") == body.get("quiet_hours_end"):
        errors = [{"pointer": "/quiet_hours_end", "detail": "must differ from quiet_hours_start"}]
        raise Problem(422, "Unprocessable Content", "The preferences are not valid", errors)
    return 200, self.world.change_preferences(self.user, body)


@route("GET", "/channels")
def channels(self, _):
    names = {"email": "Mail", "mattermost": "Mattermost", "frontend": "Pop-up"}
    return 200, {"items": [{"channel": channel, "name": name} for channel, name in names.items()], "next_cursor": None}


# Deliveries


def visible(self, records):
    user = self.query.get("user") or (None if self.is_admin else self.user)
    wanted = {"user_id": user, **{name: self.query.get(name) for name in ("entity_type", "case_id", "reminder_id", "channel", "outcome")}}
    start = instant(self.query["from"]) if "from" in self.query else None
    return [
        one
        for one in records
        if all(value is None or str(one.get(name)) == value for name, value in wanted.items())
        and (start is None or instant(one["recorded_at"]) >= start)
    ]


@route("GET", "/deliveries")
def final_records(self, _):
    return self.page(sorted(visible(self, self.world.log.final), key=lambda one: one["recorded_at"], reverse=True))


@route("GET", "/deliveries/waiting")
def waiting(self, _):
    return self.page(visible(self, self.world.log.waiting))


@route("GET", "/deliveries/{id}")
def delivery(self, _, number):
    for one in self.world.log.final + self.world.log.waiting:
        if one["delivery_id"] == number:
            return 200, {**one, "steps": deliveries.steps(one)}
    raise Problem(404, "Not Found", "Delivery not found")


@route("GET", "/statistics/deliveries")
def statistics(self, _):
    self.require_admin()
    start = instant(self.query["from"]) if "from" in self.query else now() - datetime.timedelta(days=1)
    end = instant(self.query["to"]) if "to" in self.query else now()
    return 200, {"items": self.world.log.statistics(start, end, self.query.get("bucket", "hour"))}


@route("GET", "/dead-letters")
def dead_letters(self, _):
    self.require_admin()
    return self.page([one for one in self.world.log.dead_letters if one["settled_at"] is None])


def dead_letter_action(kind, how):
    @route("POST", "/dead-letters/{id}/" + kind)
    def settle(self, _, number):
        self.require_admin()
        for one in self.world.log.dead_letters:
            if str(one["id"]) == number:
                one.update(settled_at=text(now()), settled_how=how)
                return 200, one
        raise Problem(404, "Not Found", "Dead letter not found")


dead_letter_action("retry", "retried")
dead_letter_action("discard", "discarded")


@route("GET", "/dead-letters/{id}")
def dead_letter(self, _, number):
    self.require_admin()
    for one in self.world.log.dead_letters:
        if str(one["id"]) == number:
            return 200, one
    raise Problem(404, "Not Found", "Dead letter not found")


@route("GET", "/sag/reminders/{id}/explain")
def explain(self, _, number):
    from mock.story import explain as tell

    known = {"id": int(number), "next_check_at": None} if self.world.log.knows(int(number)) else None
    return 200, tell(self.world, self.world.reminders.get(int(number)) or known or self.reminder(number), self.query.get("user", self.user))
