"""Asks the API with wrk: creating reminders, and reading lists over a long history."""

import json
import pathlib
import re
import subprocess

from streams import token

HERE = pathlib.Path(__file__).resolve().parent

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
    """Reminders created over HTTP, each with its answer."""
    return wrk(system, CREATING, connections, seconds, BENCH_TOKEN=token("1", system.secret))


def fill(system, reminders, rows):
    """A long history, and pop-ups for everybody."""
    subprocess.run(
        ["psql", system.database, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"rows={rows}", "-v",
         f"reminders={reminders}", "-v", f"ledger={min(rows, 1_000_000)}", "-f", HERE / "delivery_log.sql"],
        check=True, stdout=subprocess.DEVNULL,
    )
    system.sql(
        f"""INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id,
                trigger_type, due_at, settled_at, settled_how)
            SELECT (1 + n % 50000)::text, n, gen_random_uuid(), 1 + n % {reminders}, 'Follow up', 'case', '1',
                'time_based', now(), CASE WHEN n % 10 > 0 THEN now() END, CASE WHEN n % 10 > 0 THEN 'dismissed' END
            FROM generate_series(1, {min(rows, 1_000_000)}) n"""
    )
    system.sql("VACUUM (ANALYZE) popups")


def read(system, paths, connections, seconds):
    """Requests by several people, in turn."""
    file = system.folder / "paths"
    file.write_text("".join(f"{user} {path}\n" for user, path in paths), encoding="utf-8")
    return wrk(system, READING, connections, seconds, BENCH_PATHS=str(file))


def measure(system, reminders, rows, connections, seconds):
    fill(system, reminders, rows)
    results = {"create": create(system, 64, seconds), "reminders": reminders, "log_rows": rows}
    people = [token(str(number), system.secret) for number in range(1, 501)]
    operator = token("ops", system.secret, scope="admin")
    lists = {
        "pending/me": [(person, "/api/v1/reminders/pending/me") for person in people],
        "own deliveries": [(person, "/api/v1/deliveries") for person in people],
        "log by user": [(operator, f"/api/v1/deliveries?user={n}") for n in range(1, 500)],
        "log by case": [(operator, f"/api/v1/deliveries?case_id={n}") for n in range(1, 500)],
        "log by outcome": [(operator, f"/api/v1/deliveries?outcome={word}") for word in ("sent", "rejected", "dead", "dropped")],
        "log by channel": [(operator, f"/api/v1/deliveries?channel={word}") for word in ("email", "mattermost", "frontend")],
        "the whole log": [(operator, "/api/v1/deliveries")],
    }
    for name, paths in lists.items():
        results[name] = read(system, paths, connections, seconds)
    results["peak_memory_mb"] = system.memory("api", peak=True)
    return results


def show(results):
    made = results["create"]
    print(
        f"\nThe API: {made['per_second']:,.0f} reminders created a second, answered in p50 {made['p50_ms']:.1f} ms,"
        f" p99 {made['p99_ms']:.1f} ms; {made['errors']} errors"
    )
    print(f"  with {results['reminders']:,} reminders and {results['log_rows']:,} rows of the log:")
    for name, result in results.items():
        if isinstance(result, dict) and name != "create":
            print(
                f"  {name:16} p50 {result['p50_ms']:6.2f} ms, p99 {result['p99_ms']:6.2f} ms, most {result['most_ms']:6.1f} ms"
                f" at {result['per_second']:,.0f} a second; {result['errors']} errors"
            )
    print(f"  memory of the api, most: {results['peak_memory_mb']:.0f} MB")
