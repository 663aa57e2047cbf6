# shellcheck shell=bash
# Processes of a server: found by the mark they carry, never by a number alone, which may be somebody else's by now.
#
# Every server is started with REMINDERS_SERVER=<its directory> in its environment, which its children inherit.
# PostgreSQL's backends write their titles over theirs; they are known by their working directory.

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${program:-server}" "$*" >&2; exit 1; }

# processes_of DIR: the ids of all processes that belong to the server in DIR, one a line.
processes_of() {
  local dir=$1 process
  {
    { grep -slzxF "REMINDERS_SERVER=$dir" /proc/[0-9]*/environ || true; } | cut -d/ -f3
    if [[ -d $dir/data ]]; then
      for process in /proc/[0-9]*; do
        if [[ $process/cwd -ef $dir/data ]]; then say "${process#/proc/}"; fi
      done
    fi
  } | sort -un
}

# signal_processes SIGNAL DIR
signal_processes() {
  local processes
  mapfile -t processes < <(processes_of "$2")
  if [[ ${#processes[@]} -gt 0 ]]; then kill -"$1" "${processes[@]}" 2>/dev/null || true; fi
}

# wait_until SECONDS COMMAND...: tries the command every 50 ms; 1 when it did not succeed in time.
wait_until() {
  local deadline=$((${EPOCHREALTIME//[!0-9]/} + $1 * 1000000))
  shift
  until "$@"; do
    if ((${EPOCHREALTIME//[!0-9]/} > deadline)); then return 1; fi
    sleep 0.05
  done
}

no_processes_of() { [[ -z $(processes_of "$1") ]]; }

# kill_processes DIR: SIGKILL, until none is left (a child may be born meanwhile).
kill_processes() {
  local attempt
  for attempt in {1..20}; do
    signal_processes KILL "$1"
    if wait_until $((attempt > 1)) no_processes_of "$1"; then return 0; fi
  done
  fail "processes in $1 can't be ended: $(processes_of "$1" | tr '\n' ' ')"
}

# lives PID: a process nobody has waited for yet (a zombie) does not.
lives() {
  local stat=""
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) }
  [[ ${stat%% *} != Z ]]
}

has_ended() { ! lives "$1"; }

# is_running PID DIR: whether that process lives, and is the server's own.
is_running() {
  [[ $1 =~ ^[0-9]+$ ]] && lives "$1" && processes_of "$2" | grep -x "$1" >/dev/null
}

# first_line FILE: empty when there is none.
first_line() {
  local line=""
  if [[ -r $1 ]]; then IFS= read -r line <"$1" || true; fi
  say "$line"
}

# write_private FILE TEXT: readable by its owner only, and never seen half-written.
write_private() {
  (umask 077 && printf '%s\n' "$2" >"$1.new")
  mv -f "$1.new" "$1"
}

# A password that needs no escaping in a URL.
random_password() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }

# free_ports COUNT [PREFERRED...]: ports nobody listens on at 127.0.0.1, the preferred ones first when they are free.
# Others come from below the range the kernel takes outgoing connections' ports from (ip(7), ip_local_port_range).
free_ports() {
  /usr/bin/python3 -I -S -c '
import random, socket, sys
count, preferred = int(sys.argv[1]), [int(port) for port in sys.argv[2:] if port.isdigit() and port != "0"]
held, ports = [], []
candidates = iter(preferred + random.sample(range(20000, 30000), 500))
while len(ports) < count:
    port, listener = next(candidates), socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        continue
    held.append(listener)
    ports.append(port)
print(*ports)' "$@"
}

# show_log FILE: the end of a log, on stderr, for whoever has to find out why a start failed.
show_log() {
  if [[ -s $1 ]]; then
    printf -- '--- the end of %s\n' "$1" >&2
    tail -n 15 "$1" >&2
    printf -- '---\n' >&2
  fi
}
