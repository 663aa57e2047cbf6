"""The services on servers of their own, in a folder that is removed afterwards."""

import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

from measuring import cpu_of, memory_of

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PIPELINE = ["scheduler", "rate-limiter", "email-sender"]
# The services that listen for more than health and metrics, and the settings of their ports.
LISTENING = {"api": "REMINDERS_API_PORT", "frontend-push": "REMINDERS_FRONTEND_PORT"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class System:
    def __init__(self, folder, binaries):
        self.folder = folder
        self.binaries = binaries.resolve()
        self.processes = {}
        self.ports = {}
        self.secret = "of-the-benchmark-" * 3

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        for server in ["rabbitmq", "postgres"]:
            self._server(server, "remove")

    def start(self, services=PIPELINE, weeks=0, **changes):
        """Starts the servers and these services, with partitions of so many weeks that are over."""
        for server in ["postgres", "rabbitmq"]:
            self._server(server, "start", "0")
        self.database = (self.folder / "postgres" / "url").read_text(encoding="utf-8").strip()
        environment = dict(
            os.environ,
            REMINDERS_DATABASE_URL=self.database,
            REMINDERS_AMQP_URL=(self.folder / "rabbitmq" / "url").read_text(encoding="utf-8").strip(),
            REMINDERS_ENABLED="true",
            REMINDERS_EMAIL_ENABLED="true",
            REMINDERS_DRY_RUN="false",
            REMINDERS_LOG_LEVEL="warning",
            EMAIL_SMTP_HOST="127.0.0.1",
            EMAIL_SMTP_PORT=str(free_port()),
            EMAIL_SMTP_USE_TLS="false",
            EMAIL_SMTP_FROM_ADDRESS="reminders@example.org",
            REMINDERS_JWT_SECRET=self.secret,
            **changes,
        )
        self.services = list(services)
        subprocess.run([self.binaries / "reminders", "migrate"], env=environment, check=True, stderr=subprocess.DEVNULL)
        if weeks > 0:
            past = ROOT / "scripts" / "benchmark" / "past_weeks.sql"
            subprocess.run(["psql", self.database, "-X", "-q", "-v", f"weeks={weeks}", "-f", past], check=True)
        subprocess.run(
            [self.binaries / "reminders", "topology", "declare"], env=environment, check=True, stderr=subprocess.DEVNULL
        )
        # It does not run as root.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        sink = ["/usr/sbin/smtp-sink", *user, "-c", f"127.0.0.1:{environment['EMAIL_SMTP_PORT']}", "1000"]
        self.processes["smtp-sink"] = subprocess.Popen(sink, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for service in services:
            self.ports[service] = free_port()
            own = {"REMINDERS_ADMIN_PORT": str(self.ports[service])}
            if service in LISTENING:
                self.ports[f"{service} http"] = free_port()
                own[LISTENING[service]] = str(self.ports[f"{service} http"])
            log = open(self.folder / f"{service}.log", "wb")
            self.processes[service] = subprocess.Popen(
                [self.binaries / service], env=environment | own, stdout=log, stderr=log, cwd=self.folder
            )
        for service in services:
            self._wait_until_ready(service, self.ports[service])

    def _wait_until_ready(self, service, port):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.processes[service].poll() is not None:
                sys.exit((self.folder / f"{service}.log").read_text(encoding="utf-8"))
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{service} did not become ready")

    def _server(self, kind, verb, *arguments):
        subprocess.run(
            [ROOT / "scripts" / "server", kind, verb, self.folder / kind, *arguments], check=True,
            stdout=subprocess.DEVNULL,
        )

    def sql(self, text):
        """The answer's first line and column."""
        answer = subprocess.run(
            ["psql", self.database, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text],
            check=True, capture_output=True, text=True,
        )
        return answer.stdout.strip()

    def wal_bytes(self):
        """What was written to the write-ahead log since the server began."""
        return int(self.sql("SELECT pg_current_wal_insert_lsn() - '0/0'"))

    def disk_bytes(self):
        """What the database takes."""
        return int(self.sql("SELECT pg_database_size(current_database())"))

    def fill_waiting(self, count):
        """Sees to it that so many reminders wait, due in a month."""
        have = int(self.sql("SELECT count(*) FROM sag_reminder_times WHERE next_check_at > now() + interval '20 days'"))
        self.sql(
            f"""INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
                SELECT 'W' || n, 'Waiting', ARRAY[(n % 5000)::text], now() + interval '30 days' + n * interval '1 second'
                FROM generate_series(1, {max(0, count - have)}) n"""
        )
        self.sql("VACUUM ANALYZE sag_reminders, sag_reminder_times")

    def forget_permits(self):
        """Rounds are not to limit each other."""
        self.sql("DELETE FROM permits")

    def add_burst(self, count, users, seconds_ahead):
        return self._add(count, users, f"now() + interval '{seconds_ahead} seconds'")

    def add_trickle(self, per_second, seconds, users, seconds_ahead):
        gap = 1 / per_second
        return self._add(
            per_second * seconds, users, f"now() + interval '{seconds_ahead} seconds' + n * interval '{gap} seconds'"
        )

    def _add(self, count, users, due):
        self.add_users(users)
        text = "Please look at this case again: the customer has asked twice, and the deadline is near. " * 4
        return self.sql(
            f"""WITH added AS (
                    INSERT INTO sag_reminders (sag_id, title, message, recipient_user_ids, notify_email,
                        override_user_preferences, scheduled_at)
                    SELECT 'C' || n, 'Follow up number ' || n, '{text}', ARRAY[(n % {users})::text], true, true, {due}
                    FROM generate_series(0, {count - 1}) n
                    RETURNING id, scheduled_at)
                SELECT min(id) || ' ' || extract(epoch FROM min(scheduled_at)) FROM added"""
        ).split()

    def wait_for_log(self, due, count, limit):
        """Waits for so many final records of reminders from the first one on."""
        first, start = due
        deadline = time.monotonic() + limit
        time.sleep(max(0.0, float(start) - time.time()))
        done = 0
        while time.monotonic() < deadline:
            done = int(self.sql(f"SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery' AND reminder_id >= {first}"))
            if done >= count:
                seconds = self.sql(
                    f"""SELECT extract(epoch FROM max(created_at)) - {start}
                        FROM sag_reminder_logs WHERE kind = 'delivery' AND reminder_id >= {first}"""
                )
                return {"seconds": float(seconds)}
            time.sleep(0.25)
        sys.exit(f"only {done} of {count} were logged within {limit} s; see {self.folder}")

    def lateness(self, due):
        rows = self.sql(
            f"""SELECT string_agg(extract(epoch FROM created_at - due_at)::text, ' ') FROM sag_reminder_logs
                WHERE kind = 'delivery' AND outcome = 'sent' AND reminder_id >= {due[0]}"""
        )
        return sorted(float(seconds) for seconds in rows.split())

    def pids(self):
        pids = {name: process.pid for name, process in self.processes.items()}
        for server in ["postgres", "rabbitmq"]:
            pids[server] = int((self.folder / server / "pid").read_text(encoding="utf-8").split()[0])
        return pids

    def cpu_seconds(self):
        return {name: cpu_of(pid) for name, pid in self.pids().items()}

    def peak_memory(self):
        pids = self.pids()
        return {name: memory_of(pids[name]) for name in self.services}

    def memory(self, service, peak=False):
        """Of one service, now or the most at any time, in MB."""
        return memory_of(self.processes[service].pid, peak)

    def add_users(self, count):
        self.sql(
            f"""INSERT INTO users (id, email, display_name, locale, time_zone)
                SELECT n::text, 'user' || n || '@example.org', 'User ' || n, 'en', 'Europe/Copenhagen'
                FROM generate_series(0, {count}) n ON CONFLICT DO NOTHING"""
        )

    def add_popups(self, count, seconds_ahead):
        """A reminder in the browser for each user, all due at one moment, which is returned."""
        return float(self.sql(
            f"""WITH added AS (
                    INSERT INTO sag_reminders (sag_id, title, message, recipient_user_ids, notify_frontend,
                        override_user_preferences, scheduled_at)
                    SELECT 'P' || n, 'Follow up', 'Check in with the customer', ARRAY[n::text], true, true,
                        now() + interval '{seconds_ahead} seconds'
                    FROM generate_series(1, {count}) n RETURNING scheduled_at)
                SELECT extract(epoch FROM min(scheduled_at)) FROM added"""
        ))

    def check_invariants(self):
        """Every delivery has one final record, and all of them were sent."""
        lost = self.sql("SELECT count(*) FROM deliveries WHERE state <> 'sent'")
        logged = self.sql("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'")
        have = self.sql("SELECT count(*) FROM deliveries")
        print(f"\n{have} deliveries, {logged} final records, {lost} not sent")
        if lost != "0" or logged != have:
            sys.exit("the ledger does not add up")
