"""Measures the pipeline (throughput, lateness, memory and CPU, with ever more reminders waiting), the API over a long
history, and ten thousand open streams.

Everything runs on this machine's loopback, with synchronous commits and publisher confirms on throughout.
"""

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import sys
import tempfile
import time

import api
import streams
from measuring import percentile
from system import PIPELINE, System

CORES = os.cpu_count()


def burst(system, reminders, users):
    """All due at once: reminders a second from due to logged, and what it cost."""
    due = system.add_burst(reminders, users, seconds_ahead=4)
    before = system.cpu_seconds()
    wal, disk = system.wal_bytes(), system.disk_bytes()
    logged = system.wait_for_log(due, reminders, limit=600)
    after = system.cpu_seconds()
    return {
        "reminders": reminders,
        "per_second": reminders / logged["seconds"],
        "seconds": logged["seconds"],
        "cpu_seconds_per_thousand": {
            name: (after[name] - before[name]) / reminders * 1000 for name in after
        },
        "wal_bytes_each": (system.wal_bytes() - wal) / reminders,
        "disk_bytes_each": (system.disk_bytes() - disk) / reminders,
    }


def steady(system, per_second, seconds, users):
    """A steady trickle: lateness from due to recorded, which is after the server accepted the mail."""
    due = system.add_trickle(per_second, seconds, users, seconds_ahead=3)
    system.wait_for_log(due, per_second * seconds, limit=seconds + 60)
    lateness = system.lateness(due)
    return {
        "per_second": per_second,
        "reminders": len(lateness),
        "p50_ms": percentile(lateness, 50) * 1000,
        "p99_ms": percentile(lateness, 99) * 1000,
        "max_ms": lateness[-1] * 1000,
    }


def show_round(waiting, fast, slow, memory):
    print(f"\n{waiting:,} reminders waiting (not due)")
    print(f"  {fast['reminders']:,} due at once, multipart mail: {fast['per_second']:,.0f} reminders a second")
    print(
        f"  steady {slow['per_second']} a second: due to recorded p50 {slow['p50_ms']:.1f} ms,"
        f" p99 {slow['p99_ms']:.1f} ms, most {slow['max_ms']:.1f} ms"
    )
    show_cost(fast)
    print("  memory, most at any time (MB): " + ", ".join(f"{name} {value:.0f}" for name, value in memory.items()))


def show_cost(fast):
    """What a reminder of the burst cost, beside the figures of docs/performance.md."""
    compared = compared_costs()
    cost = {name: value * 1000 for name, value in fast["cpu_seconds_per_thousand"].items()}
    cost["all"] = sum(cost.values())
    cost["a second"] = fast["per_second"]
    print(f"  CPU a reminder, µs; beside it {COMPARED}")
    for name, value in cost.items():
        print(f"    {name:14} {value:9,.1f}   {compared.get(name, '')}".rstrip())
    print(f"  a reminder writes {fast['wal_bytes_each']:,.0f} bytes of WAL and takes {fast['disk_bytes_each']:,.0f} of disk")


COMPARED = "a C program with the same guarantees, as of November 2026"


def compared_costs():
    """The table of docs/performance.md whose second column is COMPARED: its first column to its second."""
    text = (pathlib.Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    begin = next((index for index, row in enumerate(rows) if len(row) > 1 and row[1] == COMPARED), None)
    if begin is None:
        sys.exit(f"docs/performance.md has no table with the column “{COMPARED}”, to compare with")
    table = itertools.takewhile(lambda row: len(row) == len(rows[begin]), rows[begin + 2 :])
    return {row[0]: row[1] for row in table}


def main():
    parser = argparse.ArgumentParser(prog="./bench", description=__doc__)
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--reminders", type=int, default=20_000, help="due at once (default %(default)s)")
    parser.add_argument("--users", type=int, default=5_000, help="people they go to (default %(default)s)")
    parser.add_argument("--rate", type=int, default=200, help="of the steady trickle, a second (default %(default)s)")
    parser.add_argument("--seconds", type=int, default=30, help="of the steady trickle (default %(default)s)")
    parser.add_argument(
        "--waiting", default="0,100000,1000000", help="reminders that wait meanwhile, one round each (default %(default)s)"
    )
    parser.add_argument("--weeks", type=int, default=14, help="that are over, with partitions (default %(default)s)")
    parser.add_argument("--history", type=int, default=10_000_000, help="rows of the log behind the API (default %(default)s)")
    parser.add_argument(
        "--history-reminders", type=int, default=1_000_000, help="reminders behind the API (default %(default)s)"
    )
    parser.add_argument("--streams", type=int, default=10_000, help="open streams (default %(default)s)")
    parser.add_argument("--only", default="pipeline,api,streams", help="which parts to measure (default %(default)s)")
    parser.add_argument("--json", help="also write the results to this file")
    arguments = parser.parse_args()

    print(f"{CORES} cores, {time.strftime('%Y-%m-%d %H:%M')}; loopback, fsync and confirms on", flush=True)
    results = {"cores": CORES}
    for name, measure in {"pipeline": pipeline, "api": interface, "streams": popups}.items():
        if name in arguments.only.split(","):
            results[name] = measure(arguments)
            sys.stdout.flush()
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)


@contextlib.contextmanager
def running(arguments, services, **settings):
    """The services, on servers of their own in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="reminders-bench-") as folder:
        os.chmod(folder, 0o755)
        with System(pathlib.Path(folder), pathlib.Path(arguments.binaries)) as system:
            system.start(services, **settings)
            yield system


def pipeline(arguments):
    rounds = []
    with running(arguments, PIPELINE, weeks=arguments.weeks) as system:
        burst(system, 2_000, arguments.users)  # warms up what a first run alone would pay
        for waiting in [int(number) for number in arguments.waiting.split(",")]:
            system.fill_waiting(waiting)
            system.forget_permits()
            fast = burst(system, arguments.reminders, arguments.users)
            system.forget_permits()
            slow = steady(system, arguments.rate, arguments.seconds, arguments.users)
            memory = system.peak_memory()
            system.forget_permits()
            show_round(waiting, fast, slow, memory)
            rounds.append({"waiting": waiting, "burst": fast, "steady": slow, "peak_memory_mb": memory})
            sys.stdout.flush()
        system.check_invariants()
    return rounds


def interface(arguments):
    with running(arguments, ["api"]) as system:
        return api.measure(system, arguments.history_reminders, arguments.history, 4, 10)


def popups(arguments):
    with running(arguments, ["scheduler", "rate-limiter", "frontend-push"]) as system:
        result = streams.measure(system, arguments.streams)
        streams.show(result)
    return result


if __name__ == "__main__":
    main()
