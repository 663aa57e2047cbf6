"""Measures the delivery log over HTTP: every filter alone and the usual combinations, on a history of years.

Fills a migrated, empty database with delivery_log.sql and asks the real API, one request after another. `measure` is
what ./bench calls; run by itself it takes a database that is filled already:

  delivery_log.py --database URL --api http://127.0.0.1:8000 --token TOKEN
"""

import argparse
import http.client
import pathlib
import random
import subprocess
import time
import urllib.parse

from measuring import percentile

SQL = pathlib.Path(__file__).with_name("delivery_log.sql")
# No filter may take longer than this, 99 times in 100.
LIMIT_MS = 20.0


def fill(database, rows=10_000_000, reminders=1_000_000, ledger=1_000_000):
    """Fills the database; the largest takes about three minutes on two cores."""
    subprocess.run(
        ["psql", database, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"rows={rows}", "-v", f"reminders={reminders}",
         "-v", f"ledger={ledger}", "-f", SQL],
        check=True, stdout=subprocess.DEVNULL,
    )


def a_delivery(database):
    """The ids of some deliveries."""
    answer = subprocess.run(
        ["psql", database, "-X", "-A", "-t", "-c", "SELECT id FROM deliveries TABLESAMPLE SYSTEM (0.1) LIMIT 500"],
        check=True, capture_output=True, text=True,
    )
    return answer.stdout.split()


def times(random_time):
    start = random_time - 30 * 86_400
    form = "%Y-%m-%dT%H:%M:%SZ"
    return {"from": time.strftime(form, time.gmtime(start)), "to": time.strftime(form, time.gmtime(random_time))}


def requests(deliveries):
    """A name and, for each round, a path for every kind of question."""
    now = time.time()

    def log(**filters):
        return "/api/v1/deliveries?" + urllib.parse.urlencode({key.rstrip("_"): value for key, value in filters.items()})

    def user():
        return random.randint(1, 50_000)

    def case():
        return random.randint(0, 199_999)

    def month():
        return times(now - random.uniform(0, 330 * 86_400))

    return {
        "everything": lambda: log(),
        "a month": lambda: log(**month()),
        "outcome": lambda: log(outcome=random.choice(["sent", "dead", "unknown", "rejected", "withdrawn"])),
        "channel": lambda: log(channel=random.choice(["email", "mattermost", "frontend"])),
        "outcome, channel, a month": lambda: log(outcome="rejected", channel="mattermost", **month()),
        "person": lambda: log(user=user()),
        "person with 200,000": lambda: log(user=7),
        "person with 200,000, rare outcome": lambda: log(user=7, outcome="dead"),
        "person, channel, a month": lambda: log(user=user(), channel="email", **month()),
        "reminder": lambda: log(reminder_id=random.randint(1, 1_000_000)),
        "reminder with 100,000": lambda: log(reminder_id=7),
        "reminder with 100,000, rare outcome": lambda: log(reminder_id=7, outcome="dead"),
        "reminder with 100,000, person": lambda: log(reminder_id=7, user=user()),
        "case": lambda: log(case_id=case()),
        "case of 505 reminders": lambda: log(case_id=42),
        "case of 505 reminders, rare outcome": lambda: log(case_id=42, outcome="dead"),
        "case, outcome, channel, a month": lambda: log(case_id=case(), outcome="sent", channel="email", **month()),
        "case, person": lambda: log(case_id=42, user=user()),
        "one delivery": lambda: f"/api/v1/deliveries/{random.choice(deliveries)}",
        "waiting": lambda: "/api/v1/deliveries/waiting",
        "waiting for a person": lambda: f"/api/v1/deliveries/waiting?user={user()}",
        "explanation": lambda: f"/api/v1/sag/reminders/{random.randint(1, 1_000_000)}/explain",
        "explanation of a reminder with 100,000": lambda: "/api/v1/sag/reminders/7/explain?user=8",
    }


def ask(connection, path, token):
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {body.decode()}")


def measure(database, api, token, rounds=300):
    """Asks everything in turn, and returns the milliseconds of each kind of question."""
    address = urllib.parse.urlsplit(api)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    found = {}
    for name, path in requests(a_delivery(database)).items():
        for _ in range(10):
            ask(connection, path(), token)
        taken = []
        for _ in range(rounds):
            target = path()
            start = time.perf_counter()
            ask(connection, target, token)
            taken.append((time.perf_counter() - start) * 1000)
        taken.sort()
        found[name] = {"p50_ms": percentile(taken, 50), "p99_ms": percentile(taken, 99), "max_ms": taken[-1]}
        print(f"  {name:45} p50 {found[name]['p50_ms']:6.2f}  p99 {found[name]['p99_ms']:6.2f} ms"
              + ("  TOO LONG" if found[name]["p99_ms"] > LIMIT_MS else ""), flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--database", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--fill", action="store_true", help="fill the migrated, empty database first")
    arguments = parser.parse_args()
    if arguments.fill:
        fill(arguments.database)
    random.seed(1)
    measure(arguments.database, arguments.api, arguments.token, arguments.rounds)
