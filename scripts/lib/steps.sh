# shellcheck shell=bash
# What ./run and ./test print: each step with the time it took.

step_name="" step_began=0

now() { printf '%s' "${EPOCHREALTIME//[!0-9]/}"; }

# begin NAME [HINT]: the hint is shown while the step lasts, on a terminal.
begin() {
  step_name=$1
  step_began=$(now)
  if [[ -t 1 ]]; then printf '  %-22s %s\r' "$1" "${2:-...}"; fi
}

# done_with RESULT
done_with() {
  local tenths=$((($(now) - step_began + 50000) / 100000))
  if [[ -t 1 ]]; then printf '\e[K'; fi
  printf '  %-22s %-58s %3d.%d s\n' "$step_name" "$1" $((tenths / 10)) $((tenths % 10))
  step_name=""
}

# quietly LOG COMMAND...: its output goes to the log, and to the terminal only when it fails.
quietly() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    if [[ -t 1 ]]; then printf '\e[K'; fi
    printf '  %-22s failed\n' "$step_name"
    cat "$log" >&2
    return 1
  fi
}
