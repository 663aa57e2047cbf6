# shellcheck shell=bash
# A PostgreSQL of the project's own in the directory $dir: data/, log, port, password, url, pid.
# shellcheck disable=SC2154

postgres_programs() {
  local version=""
  if [[ -r $dir/data/PG_VERSION ]]; then version=$(<"$dir/data/PG_VERSION"); fi
  compgen -G "/usr/lib/postgresql/${version:-*}/bin/postgres" | sort -V | tail -n 1 | xargs -r dirname
}

postgres_create() {
  local programs=$1 password
  password=$(random_password)
  write_private "$dir/password" "$password"
  rm -rf "$dir/data"
  # --no-sync: an empty cluster that a power failure spoils is made anew; what comes later is synced.
  "$programs/initdb" --pgdata="$dir/data" --username=reminders --pwfile="$dir/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$dir/log" 2>&1 ||
    { rm -rf "$dir/data"; show_log "$dir/log"; fail "initdb failed"; }
  say "include 'reminders.conf'" >>"$dir/data/postgresql.conf"
}

postgres_configure() {
  cat >"$dir/data/reminders.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = ''
max_connections = 100
shared_buffers = 256MB
fsync = on
synchronous_commit = on
max_wal_size = 2GB
checkpoint_timeout = 15min
jit = off
autovacuum = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
cluster_name = 'reminders'
CONF
  # What a test wants otherwise; the last setting of a name wins.
  if [[ -r $dir/extra.conf ]]; then cat "$dir/extra.conf" >>"$dir/data/reminders.conf"; fi
}

# The eighth line of postmaster.pid is the state (src/include/utils/pidfile.h).
postgres_is_ready() {
  local lines=()
  if [[ -r $dir/data/postmaster.pid ]]; then mapfile -t lines <"$dir/data/postmaster.pid"; fi
  [[ ${lines[7]-} == ready* ]]
}

postgres_ready_or_ended() { postgres_is_ready || has_ended "$1"; }

postgres_status() { is_running "$(first_line "$dir/pid")" "$dir" && postgres_is_ready; }

postgres_start() {
  local wanted=${1:-} programs port pid
  programs=$(postgres_programs)
  [[ -n $programs ]] || fail "PostgreSQL is not installed: scripts/install servers"
  # What a killed server left behind: backends that still hold its shared memory, and its lock file.
  kill_processes "$dir"
  rm -f "$dir/data/postmaster.pid"
  if [[ ! -s $dir/data/global/pg_control || ! -s $dir/password ]]; then postgres_create "$programs"; fi
  port=$(free_ports 1 "$(first_line "$dir/port")" "${wanted:-5432}")
  postgres_configure "$port"
  : >"$dir/log"

  env -i PATH="$PATH" LANG=C.UTF-8 REMINDERS_SERVER="$dir" \
    setsid "$programs/postgres" -D "$dir/data" </dev/null >>"$dir/log" 2>&1 9>&- &
  pid=$!
  disown
  if ! wait_until 60 postgres_ready_or_ended "$pid" || ! postgres_is_ready; then
    kill_processes "$dir"
    show_log "$dir/log"
    fail "PostgreSQL did not get ready"
  fi
  say "$port" >"$dir/port"
  say "$pid" >"$dir/pid"
  write_private "$dir/url" "postgresql://reminders:$(<"$dir/password")@127.0.0.1:$port/reminders"
  if ! postgres_sql -d reminders -c 'SELECT 1' >/dev/null 2>&1; then
    postgres_sql -c 'CREATE DATABASE reminders' >/dev/null
  fi
}

# postgres_sql ARGUMENT...: psql as the owner, in the database `postgres` unless told otherwise.
postgres_sql() {
  PGPASSWORD=$(<"$dir/password") PGDATABASE=postgres PGUSER=reminders PGHOST=127.0.0.1 PGPORT=$(<"$dir/port") \
    "$(postgres_programs)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# SIGINT is the fast shutdown: sessions are ended, everything is written (postgres(1)).
postgres_stop() {
  local pid
  pid=$(first_line "$dir/pid")
  if is_running "$pid" "$dir"; then
    kill -CONT "$pid"
    kill -INT "$pid"
    wait_until 20 no_processes_of "$dir" || true
  fi
  kill_processes "$dir"
  rm -f "$dir/pid"
}

# The copy is of a server that was stopped in an orderly way, and so needs no log to be brought up to date.
postgres_backup() {
  postgres_stop
  rm -rf "$dir/backup"
  cp -a "$dir/data" "$dir/backup"
  postgres_start ""
}

postgres_restore() {
  [[ -d $dir/backup ]] || fail "there is no $dir/backup: scripts/server postgres backup"
  kill_processes "$dir"
  rm -rf "$dir/data"
  cp -a "$dir/backup" "$dir/data"
  postgres_start ""
}
