#!/usr/bin/env bash
# Restarts unhealthy containers of this stack: Docker itself restarts only those that exit. It has Docker's socket, which is
# equivalent to root on the machine, and therefore no network: it talks only to Docker.
set -euo pipefail

project=${PROJECT:?}
heartbeat=/tmp/heartbeat
readonly pause=5
# On an overloaded machine health checks are late too, and restarts would make it worse: unhealthy containers get these extra
# seconds, and nothing is restarted above this load per core.
readonly patience=60 max_load=${WATCHDOG_MAX_LOAD:-8}
# A new start that does not help is tried again later and later, in seconds.
readonly first_wait=60 longest_wait=3600
# The database before those that need it. Not `backup`, which is unhealthy when the last backup is too old, and may be making one.
readonly services=(database pgbouncer redis backend worker frontend nginx acme)
declare -rA needs=([backend]='database pgbouncer' [worker]='database pgbouncer')
# By container: when it may be restarted next, and how long to wait then.
declare -A not_before=() wait_of=() unhealthy_since=()

log() { printf '%(%Y-%m-%dT%H:%M:%SZ)T %s\n' -1 "$*"; }
engine() { curl --silent --show-error --fail --max-time 60 --unix-socket /var/run/docker.sock "$@"; }

# Lines "SERVICE HEALTH ID NAME" of the containers that run.
look() {
  engine --get http://engine/containers/json --data-urlencode \
    "filters={\"status\":[\"running\"],\"label\":[\"com.docker.compose.project=$project\",\"com.docker.compose.oneoff=False\"]}" |
    jq -r '.[] | [.Labels["com.docker.compose.service"],
      (if .Status | test("\\(unhealthy\\)") then "unhealthy" elif .Status | test("\\(healthy\\)") then "healthy" else "other" end),
      .Id, .Names[0][1:]] | join(" ")'
}

# has_its_needs SERVICE LINES: whether its dependencies are healthy; otherwise a restart helps nobody.
has_its_needs() {
  local need
  for need in ${needs[$1]:-}; do grep -q "^$need healthy " <<<"$2" || return 1; done
}

is_too_busy() {
  local load
  read -r load _ </proc/loadavg
  ((${load%.*} > max_load * $(nproc)))
}

restart() {
  local id=$1 name=$2
  log "restarting $name, which stays unhealthy"
  local wait=$((${wait_of[$id]:-0} * 2))
  ((wait > 0)) || wait=$first_wait
  ((wait <= longest_wait)) || wait=$longest_wait
  wait_of[$id]=$wait
  # A hanging process ignores SIGTERM; it is killed after 10 seconds.
  engine --request POST "http://engine/containers/$id/restart?t=10" || log "$name could not be restarted"
  not_before[$id]=$(($(date +%s) + wait))
}

# One a round: so the others are looked at again after it.
one_round() {
  local lines service health id name now
  lines=$(look) || { log "the engine does not answer" && return; }
  touch "$heartbeat"
  while read -r service health id name; do
    if [[ $health == healthy ]]; then
      unset "not_before[$id]" "wait_of[$id]" "unhealthy_since[$id]"
    fi
  done <<<"$lines"
  for service in "${services[@]}"; do
    while read -r _ _ id name; do
      [[ -n $id ]] || continue
      now=$(date +%s)
      if [[ -z ${unhealthy_since[$id]:-} ]]; then
        unhealthy_since[$id]=$now
        log "$name is unhealthy"
      fi
      ((now >= unhealthy_since[$id] + patience && now >= ${not_before[$id]:-0})) || continue
      has_its_needs "$service" "$lines" || continue
      ! is_too_busy || continue
      restart "$id" "$name"
      return
    done < <(grep "^$service unhealthy " <<<"$lines")
  done
}

trap 'exit 0' TERM INT
log "watching over $project"
while true; do
  one_round
  sleep "$pause" & wait $!
done
