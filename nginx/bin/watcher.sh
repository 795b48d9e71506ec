#!/usr/bin/env bash
# Keeps the load balancing up to date: every second it queries Docker's DNS for all replicas, checks each back end's readiness,
# and reloads nginx without dropping connections if anything has changed. `--once` runs once without a reload.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=nginx/bin/certificates.sh
. "${BASH_SOURCE[0]%/*}/certificates.sh"

# No answer may be a slow one: only the third in a row takes a replica out. A 503 takes it out at once.
readonly patience=3
# Well below the back end's DRAIN_SECONDS (5), within which it must be out of the balance: twice this, and a round of a second.
readonly closing_seconds=1
# Maximum number of old workers that are only waiting for their last WebSockets.
readonly max_ending_workers=16

declare -A silent_rounds=()
backend_now='' frontend_now=''

resolve() { getent ahostsv4 "$1" | awk '{ print $1 }' | sort -u || true; }

# ask_ready ADDRESS…: a line "STATUS ADDRESS" for each; 000 is no answer.
ask_ready() {
  local address arguments=()
  for address in "$@"; do arguments+=(--output /dev/null "http://$address:8000/health/ready"); done
  curl --silent --parallel --parallel-immediate --max-time 2 --noproxy '*' --user-agent edge-watcher \
    --write-out '%{http_code} %{url_effective}\n' "${arguments[@]}" |
    sed -E 's|http://([^:/]+):.*|\1|' || true
}

# Sets `ready` to the given addresses that accept requests, and `why_not` to the answers of the others.
judge() {
  local status address
  ready=() why_not=()
  [[ $# -gt 0 ]] || return 0
  while read -r status address; do
    if [[ $status == 000 ]]; then
      silent_rounds[$address]=$((${silent_rounds[$address]:-0} + 1))
      if [[ " $backend_now " == *" $address "* && ${silent_rounds[$address]} -lt $patience ]]; then
        ready+=("$address")
      else
        why_not+=("$address does not answer")
      fi
      continue
    fi
    if [[ $status == 200 ]]; then
      silent_rounds[$address]=0
      ready+=("$address")
    else
      # Silence after that is the end that it has announced.
      silent_rounds[$address]=$patience
      why_not+=("$address says $status")
    fi
  done < <(ask_ready "$@")
}

# write_servers FILE PORT ADDRESS…
write_servers() {
  local file=$runtime/upstream/$1.conf port=$2 address
  shift 2
  {
    for address in "$@"; do echo "server $address:$port max_fails=2 fail_timeout=2s;"; done
    # nginx wants one; this one refuses at once.
    [[ $# -gt 0 ]] || echo 'server 127.0.0.1:9 down;'
  } | write_if_changed "$file"
}

# The targets if none is ready: those of the last set that still exist, otherwise all. They report their problems themselves.
fall_back() {
  local address
  chosen=()
  for address in "$@"; do
    [[ " $backend_now " != *" $address "* ]] || chosen+=("$address")
  done
  [[ ${#chosen[@]} -gt 0 ]] || chosen=("$@")
}

look_at_backend() {
  local found ready why_not chosen
  mapfile -t found < <(resolve backend)
  judge "${found[@]}"
  mapfile -t ready < <(printf '%s\n' "${ready[@]}" | sed '/^$/d' | sort)
  if [[ ${#ready[@]} -gt 0 ]]; then
    chosen=("${ready[@]}")
    rm -f "$runtime/backend-down"
  else
    fall_back "${found[@]}"
    [[ -e $runtime/backend-down ]] || log watcher "no back end is ready: ${why_not[*]:-there is none}"
    touch "$runtime/backend-down"
  fi
  write_servers backend 8000 "${chosen[@]}" || return 1
  backend_now="${chosen[*]}"
  log watcher "back end: ${#ready[@]} of ${#found[@]} ready; balancing over: ${backend_now:-none}${why_not[*]:+ (${why_not[*]})}"
}

look_at_frontend() {
  local found
  mapfile -t found < <(resolve frontend)
  # Docker's DNS may fail for a moment; the files are needed all the same.
  [[ ${#found[@]} -gt 0 || -z $frontend_now ]] || return 1
  write_servers frontend 3000 "${found[@]}" || return 1
  frontend_now="${found[*]}"
  log watcher "front end: ${frontend_now:-none}"
}

certificate_seen=''
look_at_certificate() {
  local state
  is_production || return 1
  state=$(certificate_state)
  [[ $state != "$certificate_seen" ]] || return 1
  install_certificate || { certificate_seen=$state && return 1; }
  certificate_seen=$state
}

# Each reload leaves workers behind that wait for their WebSockets; too many of them would fill the memory.
end_oldest_workers() {
  local pids pid
  mapfile -t pids < <(grep -l 'worker process is shutting down' /proc/[0-9]*/cmdline 2>/dev/null |
    sed -E 's|/proc/([0-9]+)/.*|\1|' | sort -n)
  for ((; ${#pids[@]} > max_ending_workers; )); do
    pid=${pids[0]}
    log watcher "ending worker $pid: ${#pids[@]} old ones still have connections; their clients come back by themselves"
    kill -TERM "$pid" 2>/dev/null || true
    pids=("${pids[@]:1}")
  done
}

# Invalid nginx configuration is reverted, so that a later restart works.
reload() {
  local file
  if ! check_configuration; then
    log watcher 'nginx refuses the new configuration; it goes on with the old one'
    for file in "$runtime"/upstream/*.conf; do [[ ! -e $file.good ]] || cp "$file.good" "$file"; done
    return
  fi
  # In the second before, clients are told to open a new connection (closing.conf); in the one after, old workers may still accept
  # a request.
  touch "$runtime/closing"
  sleep "$closing_seconds"
  signal_nginx HUP || { rm -f "$runtime/closing" && log watcher 'nginx does not run' && return; }
  sleep "$closing_seconds"
  rm -f "$runtime/closing"
  touch "$heartbeat"
  # Whoever waits for it (scripts/rolling.sh) may rely on it now.
  for file in "$runtime"/upstream/*.conf; do cp "$file" "$file.good"; done
  log watcher 'nginx reloaded'
  end_oldest_workers
}

one_round() {
  local changed=1
  if look_at_backend; then changed=0; fi
  if look_at_frontend; then changed=0; fi
  if look_at_certificate; then changed=0; fi
  touch "$heartbeat"
  return "$changed"
}

if [[ ${1:-} == --once ]]; then
  one_round || true
  ! is_production || install_certificate || true
  exit
fi

# A restarted watcher knows what its predecessor wrote.
rm -f "$runtime/closing"
servers_of() { sed -nE 's/^server ([0-9.]+):[0-9]+ max_fails.*/\1/p' "$runtime/upstream/$1.conf" | paste -sd ' '; }
backend_now=$(servers_of backend)
frontend_now=$(servers_of frontend)
certificate_seen=$(certificate_state)

round=0
while true; do
  if one_round; then reload; fi
  if ((round++ % 60 == 0)); then
    "${BASH_SOURCE[0]%/*}/rotate-logs.sh" || log watcher 'the log files could not be turned over'
    # An old certificate, or one for another name, is checked again.
    if is_production && install_certificate; then reload; fi
  fi
  sleep 1
done
