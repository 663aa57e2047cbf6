# shellcheck shell=bash
# A RabbitMQ of the project's own in the directory $dir: data/ (mnesia, home), log, port, password, url, pid.
# It has its own port mapper (epmd), so that no other Erlang node is met, and nothing listens beyond loopback.
# shellcheck disable=SC2154

readonly rabbitmq_programs=/usr/lib/rabbitmq/bin

# rabbitmq_settings: fills `settings`, the whole environment of the server in $dir and of its tools.
rabbitmq_settings() {
  local epmd_port distribution_port
  read -r epmd_port distribution_port <"$dir/data/ports"
  settings=(
    PATH="$PATH" LANG=C.UTF-8 HOME="$dir/data"
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port"
    RABBITMQ_NODENAME=reminders@localhost RABBITMQ_USE_LONGNAME=false RABBITMQ_DIST_PORT="$distribution_port"
    RABBITMQ_CONF_ENV_FILE="$dir/data/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$dir/data/rabbitmq.conf"
    RABBITMQ_ADVANCED_CONFIG_FILE="$dir/data/advanced.config"
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/data/enabled_plugins"
    RABBITMQ_MNESIA_BASE="$dir/data/mnesia" RABBITMQ_LOG_BASE="$dir/data" RABBITMQ_LOGS="$dir/log"
    RABBITMQ_GENERATED_CONFIG_DIR="$dir/data/generated" RABBITMQ_PID_FILE="$dir/data/beam.pid"
  )
}

rabbitmq_configure() {
  local port=$1 salted
  mkdir -p "$dir/data"
  if [[ ! -s $dir/password ]]; then write_private "$dir/password" "$(random_password)"; fi
  if [[ ! -s $dir/data/.erlang.cookie ]]; then
    # Erlang refuses a cookie that others may read.
    (umask 377 && random_password | tr -d '\n' >"$dir/data/.erlang.cookie")
  fi
  : >"$dir/data/rabbitmq-env.conf"
  say '[].' >"$dir/data/enabled_plugins"
  say '[].' >"$dir/data/advanced.config"
  cat >"$dir/data/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
load_definitions = $dir/data/definitions.json
disk_free_limit.absolute = 64MB
vm_memory_high_watermark.relative = 0.4
log.console = false
log.file.level = info
CONF
  # What a test wants otherwise; the last setting of a name wins.
  if [[ -r $dir/extra.conf ]]; then cat "$dir/extra.conf" >>"$dir/data/rabbitmq.conf"; fi
  # The salted hash of https://www.rabbitmq.com/passwords.html: base64(salt + SHA-256(salt + password)).
  salted=$(/usr/bin/python3 -I -S -c '
import base64, hashlib, os, sys
salt = os.urandom(4)
print(base64.b64encode(salt + hashlib.sha256(salt + sys.stdin.read().strip().encode()).digest()).decode())' \
    <"$dir/password")
  write_private "$dir/data/definitions.json" "$(
    cat <<JSON
{
  "vhosts": [{"name": "reminders"}],
  "users": [{"name": "reminders", "password_hash": "$salted",
             "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []}],
  "permissions": [{"user": "reminders", "vhost": "reminders", "configure": ".*", "write": ".*", "read": ".*"}]
}
JSON
  )"
}

# rabbitmq_answers PORT: whether Connection.Start (a method frame, type 1) follows the protocol header.
rabbitmq_answers() {
  local first=""
  {
    printf 'AMQP\0\0\011\001' >&3
    IFS= read -r -t 1 -N 1 first <&3 || true
  } 3<>"/dev/tcp/127.0.0.1/$1" 2>/dev/null || true
  [[ $first == $'\001' ]]
} 2>/dev/null

rabbitmq_ready_or_ended() { rabbitmq_answers "$1" || has_ended "$2"; }

# Without its port mapper the broker still works, but rabbitmqctl does not find it.
rabbitmq_status() {
  is_running "$(first_line "$dir/pid")" "$dir" && rabbitmq_answers "$(first_line "$dir/port")" && port_mapper_answers
}

port_mapper_answers() {
  local epmd_port
  read -r epmd_port _ <"$dir/data/ports"
  : 3<>"/dev/tcp/127.0.0.1/$epmd_port"
} 2>/dev/null

rabbitmq_start() {
  local wanted=${1:-} port pid
  [[ -x $rabbitmq_programs/rabbitmq-server ]] || fail "RabbitMQ is not installed: scripts/install servers"
  # The port of its mapper is free when it is chosen. Another RabbitMQ that starts at the same moment may have taken it
  # seconds later, when the node asks there for its name: then it is begun again, with another mapper.
  for _ in 1 2 3; do
    if rabbitmq_begin; then
      say "$port" >"$dir/port"
      say "$pid" >"$dir/pid"
      write_private "$dir/url" "amqp://reminders:$(<"$dir/password")@127.0.0.1:$port/reminders"
      return
    fi
    kill_processes "$dir"
    grep -q duplicate_node_name "$dir/log.start" || break
  done
  show_log "$dir/log.start"
  show_log "$dir/log"
  fail "RabbitMQ did not get ready"
}

# rabbitmq_begin: one try of rabbitmq_start, whose `wanted` it heeds and whose `port` and `pid` it sets.
rabbitmq_begin() {
  local epmd_port distribution_port settings
  kill_processes "$dir"
  read -r port epmd_port distribution_port < <(free_ports 3 "$(first_line "$dir/port")" "${wanted:-5672}")
  rabbitmq_configure "$port"
  say "$epmd_port $distribution_port" >"$dir/data/ports"
  : >"$dir/log"

  # RUNNING_UNDER_SYSTEMD makes the script become the Erlang machine instead of waiting for it as a child.
  # Schedulers that wait busily for work (+sbwt) would take the processor from the services.
  rabbitmq_settings
  env -i "${settings[@]}" RUNNING_UNDER_SYSTEMD=1 REMINDERS_SERVER="$dir" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}" \
    setsid "$rabbitmq_programs/rabbitmq-server" </dev/null >"$dir/log.start" 2>&1 9>&- &
  pid=$!
  disown
  wait_until 90 rabbitmq_ready_or_ended "$port" "$pid" && rabbitmq_answers "$port"
}

# rabbitmq_ctl ARGUMENT...
rabbitmq_ctl() {
  rabbitmq_settings
  env -i "${settings[@]}" "$rabbitmq_programs/rabbitmqctl" --quiet "$@"
}

rabbitmq_stop() {
  local pid
  pid=$(first_line "$dir/pid")
  if is_running "$pid" "$dir"; then
    signal_processes CONT "$dir"
    kill -TERM "$pid"
    wait_until 20 has_ended "$pid" || true
  fi
  # The port mapper outlives its node.
  kill_processes "$dir"
  rm -f "$dir/pid"
}
