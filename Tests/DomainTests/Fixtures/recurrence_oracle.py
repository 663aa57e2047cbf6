#!/usr/bin/env python3
"""Says when recurrence rules fire, by python-dateutil and zoneinfo.

Reads one question a line on stdin, and writes one answer a line:

    {"rule": "FREQ=DAILY", "anchor": "2026-02-10T09:00:00", "zone": "Europe/Copenhagen",
     "after": "2026-02-11T00:00:00Z", "before": "2026-02-13T00:00:00Z", "exclusions": ["2026-02-12T09:00:00"]}
    ["2026-02-11T08:00:00Z"]

Rules are expanded in local time without a zone; each local time is then placed on the time line with zoneinfo, fold=0:
a skipped time is read with the offset before the gap, of a doubled one the first counts. Needs Debian's
python3-dateutil.
"""
import datetime as dt
import json
import sys
import types
from zoneinfo import ZoneInfo

from dateutil import rrule

UTC = dt.timezone.utc
HORIZON_YEARS = 30

# dateutil looks for the next occurrence of a rule that never fires up to this year.
rrule.datetime = types.SimpleNamespace(**vars(dt))


def expand(rule, anchor, zone, after, before, exclusions=()):
    """The moments in (after, before], sorted; `before` is at most HORIZON_YEARS years after the anchor."""
    rrule.datetime.MAXYEAR = anchor.year + HORIZON_YEARS
    end = before.replace(tzinfo=None) + dt.timedelta(days=2)
    rule, until = without_until(rule)
    moments = set()
    for local in rrule.rrulestr("RRULE:" + rule, dtstart=anchor):
        if local > end:
            break
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if until(local, moment) and after < moment <= before and local not in exclusions:
            moments.add(moment)
    return sorted(moments)


def without_until(rule):
    """The rule without UNTIL, which dateutil reads in the anchor's terms only, and what UNTIL asks of a time."""
    parts = dict(part.split("=") for part in rule.split(";"))
    text = parts.pop("UNTIL", None)
    rest = ";".join(f"{name}={value}" for name, value in parts.items())
    if text is None:
        return rest, lambda local, moment: True
    if text.endswith("Z"):
        end = dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return rest, lambda local, moment: moment <= end
    if "T" in text:
        end = dt.datetime.strptime(text, "%Y%m%dT%H%M%S")
        return rest, lambda local, moment: local <= end
    day = dt.datetime.strptime(text, "%Y%m%d").date()
    return rest, lambda local, moment: local.date() <= day


def rfc3339(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    for line in sys.stdin:
        question = json.loads(line)
        answer = expand(
            question["rule"], dt.datetime.fromisoformat(question["anchor"]), ZoneInfo(question["zone"]),
            dt.datetime.fromisoformat(question["after"]), dt.datetime.fromisoformat(question["before"]),
            {dt.datetime.fromisoformat(local) for local in question["exclusions"]})
        print(json.dumps([rfc3339(moment) for moment in answer]))


if __name__ == "__main__":
    main()
