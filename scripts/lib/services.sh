# shellcheck shell=bash
# The services as processes: each with a directory .local/services/NAME (pid, port, fingerprint) and a log of its own.
# shellcheck disable=SC2154,SC2034

service_is_running() { is_running "$(first_line "$local/services/$1/pid")" "$local/services/$1"; }

# service_is_ready NAME: /readyz says 200.
service_is_ready() {
  local status=""
  {
    printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    IFS= read -r -t 2 status <&3 || true
  } 3<>"/dev/tcp/127.0.0.1/$(first_line "$local/services/$1/port")" || true
  [[ $status == HTTP/1.1\ 200* ]]
} 2>/dev/null

service_ready_or_ended() { service_is_ready "$1" || has_ended "$2"; }

# fingerprint PROGRAM SETTING...: another one means that the service has to be started again.
fingerprint() {
  local program=$1
  shift
  { stat -Lc '%Y %s' "$program"; printf '%s\n' "$@" | sort; } | sha256sum
}

# choose_http_ports: for every service that clients call, the port they find it at. The caller's; that of the running
# service; else the first of the last one, the usual one and any that is free.
choose_http_ports() {
  local name place port
  for name in "${services[@]}"; do
    if [[ -z ${http_setting[$name]-} ]]; then continue; fi
    place=$local/services/$name
    mkdir -p "$place"
    port=${http_setting[$name]}_PORT
    if [[ -n ${!port-} ]]; then
      say "${!port}" >"$place/http-port"
    elif ! service_is_running "$name"; then
      port=$(free_ports 1 "$(first_line "$place/http-port")" "${default_http_port[$name]}")
      say "$port" >"$place/http-port"
    fi
  done
}

# http_url NAME: where clients find the service; nothing if it has no such port.
http_url() {
  if [[ -n ${http_setting[$1]-} ]]; then say "http://127.0.0.1:$(first_line "$local/services/$1/http-port")"; fi
}

# start_service NAME: nothing happens when it runs with the same program and settings. Doesn't wait until it is ready.
start_service() {
  local name=$1 place=$local/services/$1 settings print port
  mkdir -p "$place" "$local/log"
  if ! service_is_running "$name"; then
    kill_processes "$place"
    port=$(free_ports 1 "$(first_line "$place/port")" "${default_admin_port[$name]}")
    say "$port" >"$place/port"
  fi
  service_settings "$name"
  print=$(fingerprint "$programs/$name" "${settings[@]}")
  if service_is_running "$name"; then
    if [[ $print == "$(first_line "$place/fingerprint")" ]]; then return; fi
    stop_service "$name"
  fi
  (
    cd "$local" || exit
    exec env -i "${settings[@]}" setsid "$programs/$name" </dev/null >>"$local/log/$name.log" 2>&1 8>&-
  ) &
  say "$!" >"$place/pid"
  disown
  say "$print" >"$place/fingerprint"
  started+=("$name")
}

# wait_for_service NAME
wait_for_service() {
  local pid
  pid=$(first_line "$local/services/$1/pid")
  # Not asked once more: an answer may take its time on a busy machine.
  if ! wait_until 30 service_ready_or_ended "$1" "$pid" || has_ended "$pid"; then
    show_log "$local/log/$1.log"
    fail "$1 did not get ready; its whole log is in .local/log/$1.log"
  fi
}

# stop_service NAME: SIGTERM, and SIGKILL for what is left after the services' own deadline.
stop_service() {
  local place=$local/services/$1
  if service_is_running "$1"; then
    signal_processes CONT "$place"
    kill -TERM "$(first_line "$place/pid")" 2>/dev/null || true
    wait_until 25 no_processes_of "$place" || true
  fi
  kill_processes "$place"
  rm -f "$place/pid"
}

stop_services() {
  local name
  for name in "${services[@]}"; do
    if service_is_running "$name"; then kill -TERM "$(first_line "$local/services/$name/pid")" 2>/dev/null || true; fi
  done
  for name in "${services[@]}"; do stop_service "$name"; done
}
