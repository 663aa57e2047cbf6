"""Asks the API: creating reminders and pending pop-ups with wrk, and the delivery log, over a long history."""

import json
import re
import subprocess

import delivery_log
from streams import token

# Each thread goes through the paths of a file, one request after the other.
READING = """
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local at = 0
function init(arguments) at = math.random(#paths) end
function request()
  at = at %% #paths + 1
  local user, path = paths[at]:match("^(%%S+) (.*)$")
  return wrk.format("GET", path, {["Authorization"] = "Bearer " .. user})
end
""".replace("%%", "%")

CREATING = """
local count = 0
function init(arguments) wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN") end
function request()
  count = count + 1
  local body = '{"title": "Follow up needed", "message": "Check in with customer", "priority": "normal", '
    .. '"trigger_type": "time_based", "trigger_config": {}, "scheduled_at": "2099-02-10T14:30:00", '
    .. '"recipient_user_ids": [1], "recurrence_type": "daily"}'
  return wrk.format("POST", "/api/v1/sag/" .. count %% 5000 .. "/reminders", {["Content-Type"] = "application/json",
    ["Authorization"] = wrk.headers["Authorization"]}, body)
end
""".replace("%%", "%")

DONE = """
function done(summary, latency, requests)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout
  io.write(string.format('\\n{"requests": %%d, "seconds": %%.3f, "errors": %%d, "p50_ms": %%.3f, "p99_ms": %%.3f, '
    .. '"most_ms": %%.3f}\\n', summary.requests, summary.duration / 1e6, errors, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
""".replace("%%", "%")


def wrk(system, script, connections, seconds, **environment):
    path = system.folder / "wrk.lua"
    path.write_text(script + DONE, encoding="utf-8")
    answer = subprocess.run(
        ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s", "-s", path,
         f"http://127.0.0.1:{system.ports['api http']}"],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout
    result = json.loads(re.search(r"^\{.*\}$", answer, re.MULTILINE)[0])
    result["per_second"] = result["requests"] / result["seconds"]
    return result


def create(system, connections, seconds):
    """Reminders created over HTTP, each with its answer, by a service: what a person may create is bounded."""
    return wrk(system, CREATING, connections, seconds, BENCH_TOKEN=token("1", system.secret, scope="service"))


def fill_popups(system, count):
    """One in ten is pending, on the lists of 50,000 people."""
    system.sql(
        f"""INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id,
                trigger_type, due_at, settled_at, settled_how)
            SELECT (1 + n % 50000)::text, first_id_of_day(now()) + n, gen_random_uuid(), n, 'Follow up', 'case', '1',
                'time_based', now(), CASE WHEN n % 10 > 0 THEN now() END, CASE WHEN n % 10 > 0 THEN 'dismissed' END
            FROM generate_series(1, {count}) n"""
    )
    system.sql("VACUUM (ANALYZE) popups")


def pending(system, connections, seconds):
    """GET /reminders/pending/me by 500 people in turn."""
    file = system.folder / "paths"
    people = [token(str(number * 10), system.secret) for number in range(1, 501)]
    file.write_text("".join(f"{person} /api/v1/reminders/pending/me\n" for person in people), encoding="utf-8")
    return wrk(system, READING, connections, seconds, BENCH_PATHS=str(file))


def measure(system, reminders, rows, connections, seconds):
    delivery_log.fill(system.database, rows, reminders, min(rows, 1_000_000))
    fill_popups(system, min(rows, 1_000_000))
    print(f"\nThe API, with {reminders:,} reminders and {rows:,} final records in the log", flush=True)
    results = {
        "reminders": reminders,
        "log_rows": rows,
        "create": create(system, 64, seconds),
        "pending": pending(system, connections, seconds),
    }
    show(results)
    results["log"] = delivery_log.measure(
        system.database, f"http://127.0.0.1:{system.ports['api http']}", token("ops", system.secret, scope="admin"))
    results["peak_memory_mb"] = system.memory("api", peak=True)
    print(f"  memory of the api, most: {results['peak_memory_mb']:.0f} MB")
    return results


def show(results):
    for name, words in {"create": "reminders created, 64 at a time", "pending": "GET /reminders/pending/me, 4 at a time"}.items():
        result = results[name]
        print(
            f"  {words:45} p50 {result['p50_ms']:6.2f}  p99 {result['p99_ms']:6.2f} ms  {result['per_second']:,.0f} a second,"
            f" {result['errors']} errors", flush=True,
        )
