# shellcheck shell=bash
# The catcher of mail and Mattermost posts (demo/catcher.py) in the directory $dir: data/, log, url, pid,
# port (SMTP), http-port. What the caller wants beside that is in CATCHER_OPTIONS.
# shellcheck disable=SC2154

catcher_answers() {
  local smtp_port http_port
  read -r smtp_port http_port < <(first_line "$dir/data/ports")
  [[ -n $http_port ]] && { : 3<>"/dev/tcp/127.0.0.1/$http_port" && : 3<>"/dev/tcp/127.0.0.1/$smtp_port"; } 2>/dev/null
}

catcher_status() { is_running "$(first_line "$dir/pid")" "$dir" && catcher_answers; }

catcher_ready_or_ended() { catcher_answers || has_ended "$1"; }

# catcher_start [SMTP_PORT [HTTP_PORT]]
catcher_start() {
  local smtp_port http_port pid options
  kill_processes "$dir"
  rm -f "$dir/data/ports"
  mkdir -p "$dir/data"
  read -r smtp_port < <(free_ports 1 "$(first_line "$dir/port")" "${1:-1025}")
  read -r http_port < <(free_ports 1 "$(first_line "$dir/http-port")" "${2:-${1:-8025}}")
  read -ra options <<<"${CATCHER_OPTIONS-}"
  env -i PATH=/usr/bin:/bin LANG=C.UTF-8 REMINDERS_SERVER="$dir" \
    setsid /usr/bin/python3 -B -s "$scripts/../demo/catcher.py" "$dir/data" \
    --smtp-port "$smtp_port" --http-port "$http_port" "${options[@]}" </dev/null >"$dir/log" 2>&1 9>&- &
  pid=$!
  disown
  if ! wait_until 20 catcher_ready_or_ended "$pid" || ! catcher_answers; then
    kill_processes "$dir"
    show_log "$dir/log"
    fail "the catcher did not get ready"
  fi
  say "$smtp_port" >"$dir/port"
  say "$http_port" >"$dir/http-port"
  say "$pid" >"$dir/pid"
  say "http://127.0.0.1:$http_port" >"$dir/url"
}

catcher_stop() {
  local pid
  pid=$(first_line "$dir/pid")
  if is_running "$pid" "$dir"; then
    kill -TERM "$pid"
    wait_until 5 no_processes_of "$dir" || true
  fi
  kill_processes "$dir"
  rm -f "$dir/pid"
}
