#!/usr/bin/env python3
"""Writes zone_times.json: local times near clock changes of many zones, and the moments they stand for.

Usage: generate_zone_times.py > zone_times.json

Python's zoneinfo with fold=0 is the oracle. Only changes from 1990 to 2024 are looked at: they are history, on which
all editions of the IANA database agree.
"""

import datetime as dt
import json
import random
from zoneinfo import ZoneInfo, available_timezones

UTC = dt.timezone.utc
pick = random.Random(20261122)
START = dt.datetime(1990, 1, 1, tzinfo=UTC)
END = dt.datetime(2024, 12, 31, tzinfo=UTC)


def changes(zone):
    """Pairs of a moment and the next half hour, between which the offset differs."""
    found = []
    day = START
    while day < END:
        following = day + dt.timedelta(days=1)
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(day)
        day = following
    return found


rows = []
names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
names = [name for name in names if name.split("/")[0] not in ("posix", "right")]
# America/Coyhaique came in 2025 and would need a newer edition.
names = [name for name in names if name != "America/Coyhaique"]
for name in pick.sample(names, 120) + ["Pacific/Apia", "Pacific/Kwajalein", "Australia/Lord_Howe", "Africa/Casablanca"]:
    zone = ZoneInfo(name)
    moments = changes(zone)
    for day in pick.sample(moments, min(3, len(moments))) + [START + dt.timedelta(days=pick.randint(0, 12_000))]:
        local = (day.astimezone(zone).replace(tzinfo=None) + dt.timedelta(minutes=15 * pick.randint(-96, 192))).replace(
            second=0, microsecond=0)
        moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        rows.append([name, local.isoformat(), moment.strftime("%Y-%m-%dT%H:%M:%SZ")])
    for day in pick.sample(moments, min(3, len(moments))):
        # Straight into the gap or the fold: every quarter of an hour around the change.
        change = day
        while change.astimezone(zone).utcoffset() == day.astimezone(zone).utcoffset():
            change += dt.timedelta(minutes=15)
        shown = change.astimezone(zone).replace(tzinfo=None, second=0)
        for minutes in (-75, -60, -45, -30, -15, -1, 0, 15, 30, 59, 60):
            local = shown + dt.timedelta(minutes=minutes)
            moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
            rows.append([name, local.isoformat(), moment.strftime("%Y-%m-%dT%H:%M:%SZ")])
rows = sorted({tuple(row) for row in rows})
print("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]")
