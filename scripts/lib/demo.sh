# shellcheck shell=bash
# What ./run says about what runs, and its foreground mode.
# shellcheck disable=SC2154

server_line() {
  local kind=$1 what=$2 state="not running"
  if "$root/scripts/server" "$kind" status "$local/$kind"; then
    state="127.0.0.1:$(first_line "$local/$kind/port")   pid $(first_line "$local/$kind/pid")"
  else
    everything_runs=false
  fi
  printf '  %-20s %s\n' "$what" "$state"
}

service_line() {
  local state="not running" pid url
  pid=$(first_line "$local/services/$1/pid")
  url=$(http_url "$1")
  if service_is_ready "$1"; then
    state="127.0.0.1:$(first_line "$local/services/$1/port")   pid $pid   ready${url:+   $url}"
  else
    if service_is_running "$1"; then state="pid $pid   not ready: see .local/log/$1.log"; fi
    everything_runs=false
  fi
  printf '  %-20s %s\n' "$1" "$state"
}

# show_status: 0 when everything runs, else 3.
show_status() {
  local name
  everything_runs=true
  if [[ -d $local/postgres || -z ${REMINDERS_DATABASE_URL-} ]]; then server_line postgres PostgreSQL; fi
  if [[ -d $local/rabbitmq || -z ${REMINDERS_AMQP_URL-} ]]; then server_line rabbitmq RabbitMQ; fi
  server_line catcher "mail catcher (SMTP)"
  for name in "${services[@]}"; do service_line "$name"; done
  if ! $everything_runs; then return 3; fi
}

show_what_next() {
  local catcher api
  catcher=$(first_line "$local/catcher/url")
  api=$(http_url api)
  cat <<TEXT

What runs, on loopback only (ports of the services: /livez, /readyz, /metrics):
TEXT
  show_status || true
  cat <<TEXT

Try next:
  source .local/env
  reminders add --user 1 --case 123 --title "Follow up" --in 5s --channel email --channel mattermost
  reminders log                  what became of every reminder
  curl -H "Authorization: Bearer \$(reminders token --user 1)" "\$REMINDERS_API_URL/api/v1/sag/123/reminders"
  psql "\$REMINDERS_DATABASE_URL" -c 'TABLE deliveries'
  $api           reminders in the browser; $api/docs describes the API
  $catcher           mail and Mattermost posts that were caught; as JSON: /mail and /posts

Logs are in .local/log. ./run status, ./run stop, ./run reset.
TEXT
}

# demo_person ID NAME [OPTION...]: with a token of theirs.
demo_person() {
  local id=$1 name=$2
  shift 2
  printf '{"id":"%s","name":"%s","token":"%s"}' "$id" "$name" \
    "$("$programs/reminders" token --user "$id" --expires 365d "$@")"
}

# write_demo: what the demo's pages are told: people with tokens of theirs, one of them an operator, and the catcher.
write_demo() {
  local people
  people=$(demo_person 1 "Anna Sørensen"),$(demo_person 2 "Ben Carter"),$(demo_person 3 "Clara Weiß")
  people+=,$(demo_person operator Operator --scope admin)
  write_private "$local/demo.json" \
    "{\"users\":[$people],\"catcher\":\"$(first_line "$local/catcher/url")\",\"frontend\":\"$(http_url frontend-push)\"}"
}

stop_everything() {
  local kind
  if [[ ! -d $local ]]; then return; fi
  : >"$local/stopped"
  stop_services
  for kind in catcher rabbitmq postgres; do
    "$root/scripts/server" "$kind" stop "$local/$kind" &
  done
  wait
}

# server_has_died KIND: one of ours that was started, and is gone.
server_has_died() {
  [[ -s $local/$1/pid ]] && has_ended "$(first_line "$local/$1/pid")"
}

follower=""

# Shows deliveries until Ctrl-C (see stop_foreground), and starts again what dies.
foreground() {
  local name kind
  printf '\nOne line a delivery; Ctrl-C stops everything.\n\n'
  while [[ ! -e $local/stopped ]]; do
    for kind in postgres rabbitmq catcher; do
      if server_has_died "$kind"; then
        say "$kind has ended: starting it again"
        "$root/scripts/server" "$kind" start "$local/$kind" || true
      fi
    done
    for name in "${services[@]}"; do
      if ! service_is_running "$name" && [[ ! -e $local/stopped ]]; then
        say "$name has ended (see .local/log/$name.log): starting it again"
        start_service "$name"
      fi
    done
    if [[ -z $follower ]] || has_ended "$follower"; then
      "$programs/reminders" log --follow 8>&- &
      follower=$!
    fi
    # A pause that a signal ends at once.
    sleep 1 &
    wait $! || true
  done
  if [[ -n $follower ]]; then kill "$follower" 2>/dev/null || true; fi
}

stop_foreground() {
  trap '' INT TERM HUP
  printf '\nStopping...\n'
  if [[ -n $follower ]]; then kill "$follower" 2>/dev/null || true; fi
  stop_everything
  say "Everything is stopped."
  exit 0
}
