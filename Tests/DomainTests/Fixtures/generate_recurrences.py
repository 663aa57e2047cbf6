#!/usr/bin/env python3
"""Writes recurrences.json: random recurrence rules and what python-dateutil makes of them.

Usage: generate_recurrences.py [SEED [COUNT]] > recurrences.json

Needs python-dateutil 2.9. Rules are expanded in local time without a zone; each local time is then placed on the time
line with zoneinfo, fold=0: a skipped time is read with the offset before the gap, of a doubled one the first counts.

Left out is what python-dateutil does otherwise than RFC 5545 says:
- numbered and plain weekdays in one BYDAY are combined with "and";
- BYSETPOS in the first, partial week counts from the start, not from the beginning of the week (so such rules start on
  the first day of a week here);
- the week numbers -52 and -53 miss the first week of the next year.
"""

import datetime as dt
import itertools
import json
import random
import sys
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 20261122
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 600
KEPT = 10
SURPLUS = 8
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
ZONES = [
    "Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Africa/Casablanca", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC",
]
UTC = dt.timezone.utc
pick = random.Random(SEED)


def values(pool, most):
    return ",".join(str(value) for value in pick.sample(list(pool), pick.randint(1, most)))


def signed(limit, but=()):
    return [n for n in itertools.chain(range(-limit, 0), range(1, limit + 1)) if n not in but]


def random_rule():
    frequency = pick.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = {"FREQ": frequency}
    if pick.random() < 0.5:
        parts["INTERVAL"] = str(pick.randint(1, 6))
    if pick.random() < 0.35:
        parts["BYMONTH"] = values(range(1, 13), 4)
    if frequency != "WEEKLY" and pick.random() < 0.35:
        parts["BYMONTHDAY"] = values(signed(31), 5)
    if frequency == "YEARLY" and pick.random() < 0.2:
        parts["BYYEARDAY"] = values(signed(366), 5)
    if frequency == "YEARLY" and pick.random() < 0.25:
        parts["BYWEEKNO"] = values(signed(53, but=(-52, -53)), 4)
    if pick.random() < 0.5:
        days = pick.sample(DAYS, pick.randint(1, 5))
        if frequency in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in parts and pick.random() < 0.5:
            most = 5 if frequency == "MONTHLY" or "BYMONTH" in parts else 53
            days = [str(pick.choice(signed(most))) + day for day in days]
        parts["BYDAY"] = ",".join(days)
    if pick.random() < 0.2:
        parts["BYHOUR"] = values(range(24), 3)
    if pick.random() < 0.2:
        parts["BYMINUTE"] = values(range(60), 3)
    if pick.random() < 0.1:
        parts["BYSECOND"] = values(range(60), 2)
    if pick.random() < 0.25 and any(name.startswith("BY") for name in parts):
        parts["BYSETPOS"] = values(signed(4), 2)
    if pick.random() < 0.3:
        parts["WKST"] = pick.choice(DAYS)
    if pick.random() < 0.2:
        parts["COUNT"] = str(pick.randint(1, 20))
    return parts


def expand(parts, anchor, zone, after, until, excluded):
    text = ";".join(name + "=" + value for name, value in parts.items())
    moments = []
    for local in rrulestr("RRULE:" + text, dtstart=anchor):
        if local.year > anchor.year + 40:
            break
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if until is not None and not until(local, moment):
            continue
        if moment > after and local not in excluded:
            moments.append(moment)
            if len(moments) >= KEPT + SURPLUS:
                break
    return sorted(set(moments))[:KEPT]


def case():
    parts = random_rule()
    name = pick.choice(ZONES)
    zone = ZoneInfo(name)
    anchor = dt.datetime(2015, 1, 1) + dt.timedelta(seconds=pick.randint(0, 86_400 * 365 * 12))
    # Half of them fall into the hours in which clocks are changed.
    if pick.random() < 0.5:
        anchor = anchor.replace(hour=pick.randint(0, 3), minute=pick.choice([0, 15, 30, 45]))
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
        first = DAYS.index(parts.get("WKST", "MO"))
        anchor -= dt.timedelta(days=(anchor.weekday() - first) % 7)

    start = anchor.replace(tzinfo=UTC)
    after = start - dt.timedelta(days=3)
    if pick.random() < 0.7:
        after = start + dt.timedelta(seconds=pick.randint(0, 86_400 * 365 * 8))

    until = None
    suffix = ""
    if "COUNT" not in parts and pick.random() < 0.25:
        end = start + dt.timedelta(seconds=pick.randint(86_400, 86_400 * 365 * 9))
        naive = end.replace(tzinfo=None)
        kind = pick.choice(["date", "local", "utc"])
        if kind == "date":
            suffix = f";UNTIL={naive:%Y%m%d}"
            until = lambda local, moment: local.date() <= naive.date()
        elif kind == "local":
            suffix = f";UNTIL={naive:%Y%m%dT%H%M%S}"
            until = lambda local, moment: local <= naive
        else:
            suffix = f";UNTIL={naive:%Y%m%dT%H%M%SZ}"
            until = lambda local, moment: moment <= end

    excluded = []
    if pick.random() < 0.2:
        text = ";".join(name + "=" + value for name, value in parts.items())
        coming = itertools.islice(rrulestr("RRULE:" + text, dtstart=anchor), 200)
        later = [local for local in coming if local.replace(tzinfo=UTC) > after][:10]
        excluded = pick.sample(later, min(len(later), 3))

    order = list(parts.items())
    pick.shuffle(order)
    return {
        "anchor": anchor.isoformat(),
        "zone": name,
        "rule": ";".join(part + "=" + value for part, value in order) + suffix,
        "after": after.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "exclusions": [local.isoformat() for local in excluded],
        "expected": [
            moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in expand(parts, anchor, zone, after, until, excluded)
        ],
    }


cases = []
while len(cases) < COUNT:
    candidate = case()
    # Some rules that never fire are kept, most are not.
    if candidate["expected"] or pick.random() < 0.1:
        cases.append(candidate)
print("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases) + "\n]")
