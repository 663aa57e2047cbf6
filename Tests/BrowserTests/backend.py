"""What the tests need of the services behind the site: the mock's, or real ones.

Real ones, when REMINDERS_BROWSER_API is set:

    REMINDERS_BROWSER_API      address of an `api`
    REMINDERS_BROWSER_STREAMS  addresses of `frontend-push` processes, separated by spaces
    REMINDERS_BROWSER_TOKEN    a command that prints a token: `reminders token --user {user} {scope}`, where {scope}
                               becomes `--scope admin` or nothing
    REMINDERS_BROWSER_KILL     a command that kills the stream process number {instance}, where there is one
    REMINDERS_BROWSER_START    a command that starts it again
"""

import datetime
import itertools
import json
import os
import shlex
import subprocess
import time
import urllib.error
import urllib.request

from mock import Mock, make_token

numbers = itertools.count(int(time.time()) % 10**7 * 100)


class Backend:
    """What both have in common: everything goes through the API."""

    def call(self, method, path, body=None, user="1", scope="admin", **headers):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers, "Authorization": f"Bearer {self.token(user, scope)}"}
        request = urllib.request.Request(f"{self.api}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            answer = response.read()
        return json.loads(answer) if answer else None

    def remind(self, user, title, case="123", **fields):
        """A reminder for `user` that is due now; its number."""
        # A series that began a moment ago would be due for the first time after its next interval.
        ahead = datetime.timedelta(seconds=0.7 if "recurrence_type" in fields else 0)
        at = datetime.datetime.now(datetime.timezone.utc) + ahead
        body = {"title": title, "scheduled_at": at.isoformat(), "recipient_user_ids": [user], **self.only_popup, **fields}
        return self.call("POST", f"/sag/{case}/reminders", body, user=user, scope="service")["id"]

    only_popup = {"notify_frontend": True, "notify_email": False, "notify_mattermost": False}

    def pending(self, user):
        return [popup["title"] for popup in self.call("GET", "/reminders/pending/me", user=user, scope="")["items"]]

    def act(self, user, reminder, kind, **body):
        return self.call("POST", f"/sag/reminders/{reminder}/{kind}", body, user=user, scope="")


class MockBackend(Backend):
    is_mock = True

    def __init__(self):
        self.mock = Mock()
        self.api = self.mock.api.url
        self.streams = [instance.url for instance in self.mock.instances]
        self.demo = self.mock.demo()

    def token(self, user, scope=""):
        return make_token(user, scope)

    def person(self, **preferences):
        user = str(next(numbers))
        world = self.mock.world
        world.users[user] = {"display_name": f"Person {user}", "email": f"{user}@example.org", "mattermost_username": user}
        world.preferences[user] = {**world.default_preferences(user), **preferences}
        return user

    def describe_case(self, case, **fields):
        self.mock.world.cases["case", case] = fields

    def kill(self, instance):
        self.mock.instances[instance].kill()

    def start(self, instance):
        self.mock.instances[instance].start()

    def stop(self):
        self.mock.stop()


class RealBackend(Backend):
    is_mock = False

    def __init__(self):
        self.api = os.environ["REMINDERS_BROWSER_API"]
        self.streams = os.environ["REMINDERS_BROWSER_STREAMS"].split()
        self.demo = None
        self.tokens = {}

    def run(self, name, **values):
        command = shlex.split(os.environ[name].format(**values))
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def token(self, user, scope=""):
        if (user, scope) not in self.tokens:
            self.tokens[user, scope] = self.run("REMINDERS_BROWSER_TOKEN", user=user, scope=scope and f"--scope {scope}")
        return self.tokens[user, scope]

    def person(self, **preferences):
        user = str(next(numbers))
        self.call("PUT", f"/users/{user}", {"display_name": f"Person {user}", "email": f"{user}@example.org"})
        if preferences:
            self.call("PATCH", "/users/me/notification-preferences", preferences, user=user, scope="")
        return user

    def describe_case(self, case, **fields):
        self.call("PUT", f"/cases/case/{case}", fields)

    def kill(self, instance):
        self.run("REMINDERS_BROWSER_KILL", instance=instance)

    def start(self, instance):
        self.run("REMINDERS_BROWSER_START", instance=instance)

    def stop(self):
        pass


def backend():
    return RealBackend() if os.environ.get("REMINDERS_BROWSER_API") else MockBackend()
