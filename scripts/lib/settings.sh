# shellcheck shell=bash
# The settings the demo's services run with. What the caller set wins, always.
# shellcheck disable=SC2154,SC2034

# In the order of the message's walk, after the one that takes requests; they are stopped in the same order, so that
# nothing new comes in and what is on its way is delivered.
readonly services=(api scheduler rate-limiter email-sender mattermost-sender frontend-push)
readonly -A database_role=(
  [api]=reminders_api
  [scheduler]=reminders_scheduler
  [rate-limiter]=reminders_rate_limiter
  [email-sender]=reminders_sender
  [mattermost-sender]=reminders_sender
  [frontend-push]=reminders_frontend_push
)
readonly -A default_admin_port=(
  [scheduler]=9301
  [rate-limiter]=9302
  [email-sender]=9303
  [mattermost-sender]=9304
  [api]=9305
  [frontend-push]=9306
)
# What the settings of the services that clients call begin with, and the ports these are usually at.
readonly -A http_setting=(
  [api]=REMINDERS_API
  [frontend-push]=REMINDERS_FRONTEND
)
readonly -A default_http_port=(
  [api]=8000
  [frontend-push]=8001
)

# Whoever has sourced .local/env gives us our own addresses back: they are no choice of another server.
forget_our_own_addresses() {
  if [[ ${REMINDERS_DATABASE_URL-} == "$(first_line "$local/postgres/url")" ]]; then unset REMINDERS_DATABASE_URL; fi
  if [[ ${REMINDERS_AMQP_URL-} == "$(first_line "$local/rabbitmq/url")" ]]; then unset REMINDERS_AMQP_URL; fi
  unset REMINDERS_CATCHER_URL REMINDERS_API_URL REMINDERS_FRONTEND_URL
}

# secret NAME: made once, kept in .local/secrets.
secret() {
  local file=$local/secrets/$1
  if [[ ! -s $file ]]; then
    mkdir -p "$local/secrets"
    write_private "$file" "$(random_password)"
  fi
  first_line "$file"
}

# default NAME VALUE: exported unless the caller set it, be it to nothing.
default() {
  if [[ -z ${!1+set} ]]; then export "$1=$2"; fi
}

demo_settings() {
  local smtp_port catcher_url
  smtp_port=$(first_line "$local/catcher/port")
  catcher_url=$(first_line "$local/catcher/url")

  default REMINDERS_ENABLED true
  default REMINDERS_EMAIL_ENABLED true
  default REMINDERS_MATTERMOST_ENABLED true
  default REMINDERS_DRY_RUN false
  default REMINDERS_LOG_FORMAT text
  default REMINDERS_JWT_SECRET "$(secret jwt)"
  default REMINDERS_MIGRATIONS "$root/migrations"
  if [[ -z ${EMAIL_SMTP_HOST+set} ]]; then
    export EMAIL_SMTP_HOST=127.0.0.1
    default EMAIL_SMTP_PORT "$smtp_port"
    default EMAIL_SMTP_USE_TLS false
  fi
  if [[ -z ${REMINDERS_MATTERMOST_WEBHOOK_URL+set} ]]; then
    export REMINDERS_MATTERMOST_WEBHOOK_URL="$catcher_url/hooks/demo"
    default REMINDERS_MATTERMOST_ALLOW_PRIVATE true
  fi
}

# addresses: of database and broker, for the owner; exported for `reminders`.
export_addresses() {
  default REMINDERS_DATABASE_URL "$(first_line "$local/postgres/url")"
  default REMINDERS_AMQP_URL "$(first_line "$local/rabbitmq/url")"
}

# service_settings NAME: fills `settings` with the service's whole environment.
service_settings() {
  local name
  settings=(PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 HOME="${HOME:-/}" REMINDERS_SERVER="$local/services/$1")
  for name in $(compgen -e); do
    case $name in
      REMINDERS_SERVER | REMINDERS_DATABASE_URL | REMINDERS_ADMIN_PORT | REMINDERS_MIGRATIONS | REMINDERS_API_PORT | \
        REMINDERS_FRONTEND_PORT) ;;
      # What only one sender reads is given to no other service: a change starts nothing else again.
      REMINDERS_EMAIL_ENABLED | REMINDERS_MATTERMOST_ENABLED) settings+=("$name=${!name}") ;;
      EMAIL_*) if [[ $1 == email-sender ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_API_ALLOWED_ORIGINS) if [[ -n ${http_setting[$1]-} ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_FRONTEND_* | REMINDERS_STREAMS*) if [[ $1 == frontend-push ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_ACTIVE_PER_PERSON | REMINDERS_ADDRESS_DOMAINS | REMINDERS_CREATED_* | REMINDERS_NOTIFY_WHOM) \
        if [[ $1 == api ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_API_* | REMINDERS_WEB_ROOT) if [[ $1 == api ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_JWT_*) if [[ -n ${http_setting[$1]-} ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_MATTERMOST_*) if [[ $1 == mattermost-sender ]]; then settings+=("$name=${!name}"); fi ;;
      REMINDERS_*) settings+=("$name=${!name}") ;;
    esac
  done
  if [[ -n ${http_setting[$1]-} ]]; then
    settings+=("${http_setting[$1]}_PORT=$(first_line "$local/services/$1/http-port")")
  fi
  # Their pages and streams call each other.
  case $1 in
    api) settings+=("REMINDERS_FRONTEND_URL=$(http_url frontend-push)") ;;
    frontend-push) settings+=("REMINDERS_API_URL=$(http_url api)") ;;
  esac
  if [[ $1 == api && -s $local/demo.json ]]; then settings+=("REMINDERS_DEMO_FILE=$local/demo.json"); fi
  settings+=("REMINDERS_DATABASE_URL=$(database_url_of "$1")" "REMINDERS_ADMIN_PORT=$(first_line "$local/services/$1/port")")
}

# database_url_of SERVICE: with its own role, in a database of ours.
database_url_of() {
  if $own_postgres; then
    say "postgresql://${database_role[$1]}:$(secret "${database_role[$1]}")@127.0.0.1:$(first_line "$local/postgres/port")/reminders"
  else
    say "$REMINDERS_DATABASE_URL"
  fi
}

# The migrations make the roles unable to log in; here each gets a password of its own.
give_roles_passwords() {
  local role roles=("${database_role[@]}") statements="" ready
  local connection=(
    env PGHOST=127.0.0.1 PGPORT="$(first_line "$local/postgres/port")" PGUSER=reminders PGDATABASE=reminders
    PGPASSWORD="$(sed 's|^[^:]*://[^:]*:\([^@]*\)@.*|\1|' "$local/postgres/url")" psql -X -q -A -t -v ON_ERROR_STOP=1
  )
  ready=$("${connection[@]}" -c "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname LIKE 'reminders\\_%'")
  for role in "${roles[@]}"; do
    if [[ $'\n'$ready$'\n' != *$'\n'"$role"$'\n'* || ! -s $local/secrets/$role ]]; then
      statements+="ALTER ROLE $role LOGIN PASSWORD '$(secret "$role")';"
    fi
  done
  # On standard input: what stands on a command line can be seen by everybody.
  if [[ -n $statements ]]; then "${connection[@]}" <<<"$statements"; fi
}

write_environment() {
  local name text="# Source this: it lets \`reminders\` and any client reach what ./run started."
  for name in REMINDERS_DATABASE_URL REMINDERS_AMQP_URL REMINDERS_JWT_SECRET REMINDERS_MIGRATIONS; do
    text+=$'\n'"export $name=${!name@Q}"
  done
  for name in "${services[@]}"; do
    if [[ -n ${http_setting[$name]-} ]]; then
      text+=$'\n'"export ${http_setting[$name]}_URL='$(http_url "$name")'"
    fi
  done
  text+=$'\n'"export REMINDERS_CATCHER_URL='$(first_line "$local/catcher/url")'"
  text+=$'\n'"case \":\$PATH:\" in *:${local@Q}/bin:*) ;; *) export PATH=${local@Q}/bin:\"\$PATH\" ;; esac"
  if [[ ! -r $local/env || $(<"$local/env") != "$text" ]]; then write_private "$local/env" "$text"; fi
  mkdir -p "$local/bin"
  if [[ ! $local/bin/reminders -ef $programs/reminders ]]; then ln -sfn "$programs/reminders" "$local/bin/reminders"; fi
}
