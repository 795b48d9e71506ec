# shellcheck shell=bash
# Replaces the containers of a service one after another: a new one first, and an old one goes when the new one serves.
# Source it after lib.sh and containers.sh; use_stack must have run.
# shellcheck disable=SC2154

# Seconds that a new container has to become healthy.
ready_seconds=${READY_SECONDS:-120}

# containers SERVICE: the ids of those that run, the oldest first.
containers() {
  docker ps --quiet --no-trunc --filter "label=com.docker.compose.project=$(setting COMPOSE_PROJECT_NAME)" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | tac
}

name_of() { docker inspect --format '{{slice .Name 1}}' "$1"; }

# is_current CONTAINER SERVICE: whether it is what Compose would create now: the same settings and the image that its name refers
# to now.
is_current() {
  local name runs hash wanted
  read -r name runs hash < <(docker inspect --format \
    '{{.Config.Image}} {{.Image}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$1")
  wanted=$(compose config --hash "$2") || return 1
  [[ $hash == "${wanted##* }" && $runs == $(docker image inspect --format '{{.Id}}' "$name" 2>/dev/null) ]]
}

# Fails with the reason if the container does not become healthy in time.
wait_healthy() {
  local id=$1 state deadline=$((SECONDS + ready_seconds))
  while ((SECONDS < deadline)); do
    state=$(docker inspect --format '{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' \
      "$id" 2>/dev/null) || state="gone"
    case $state in
      "running 0 healthy" | "running 0 ") return 0 ;;
      "running 0 starting" | "created "*) sleep 0.5 ;;
      *)
        say "$(name_of "$id") does not become healthy ($state)"
        return 1
        ;;
    esac
  done
  say "$(name_of "$id") is not healthy after $ready_seconds seconds"
  return 1
}

# Until the edge balances to the container too (bin/watcher.sh writes the configuration that nginx accepted).
wait_balanced() {
  local id=$1 service=$2 edge address deadline=$((SECONDS + 30))
  case $service in backend | frontend) ;; *) return 0 ;; esac
  edge=$(containers nginx | tail -n 1)
  [[ -n $edge ]] || return 0
  address=$(docker inspect --format \
    '{{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{$network.IPAddress}}{{"\n"}}{{end}}' "$id" |
    sed -n 's/^[^ ]*_todo-network //p')
  while ((SECONDS < deadline)); do
    if docker exec "$edge" grep -qsF "server $address:" "/tmp/edge/upstream/$service.conf.good"; then
      return 0
    fi
    sleep 0.3
  done
  say "the edge does not take $(name_of "$id") ($address) into its balance: see make logs S=nginx"
  return 1
}

# start_one SERVICE: one more container, up to its work; removed again when it does not get there.
start_one() {
  local service=$1 before after new
  before=$(containers "$service")
  # With --no-deps the dependencies would be missing in the service's hash, and the next prod-up would recreate it.
  compose up --detach --no-build --no-recreate --quiet-pull \
    --scale "$service=$(($(grep -c . <<<"$before" || true) + 1))" "$service" >/dev/null 2>&1 ||
    say "Compose could not start another $service"
  after=$(containers "$service")
  new=$(grep -vxF -f <(echo "${before:-none}") <<<"$after" || true)
  [[ -n $new ]] || return 1
  say "$service: started $(name_of "$new") ($(docker inspect --format '{{.Config.Image}}' "$new"))"
  if wait_healthy "$new" && wait_balanced "$new" "$service"; then return 0; fi
  docker logs --tail 20 "$new" 2>&1 | sed 's/^/    /' >&2
  # In order: a container that Docker calls unhealthy may still answer requests, and the edge may still use it.
  docker stop "$new" >/dev/null 2>&1 || true
  docker rm --force "$new" >/dev/null
  say "$service: removed it again"
  return 1
}

# retire CONTAINER: stops it in order, within its stop_grace_period.
retire() {
  local name
  name=$(name_of "$1")
  docker stop "$1" >/dev/null
  docker rm "$1" >/dev/null
  say "stopped $name"
}

# Ended containers of the service would be started again instead of new ones.
remove_ended() {
  local ended
  mapfile -t ended < <(docker ps --all --quiet --filter status=exited --filter status=created --filter status=dead \
    --filter "label=com.docker.compose.project=$(setting COMPOSE_PROJECT_NAME)" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False)
  [[ ${#ended[@]} -eq 0 ]] || docker rm "${ended[@]}" >/dev/null
}

# roll SERVICE COUNT: until COUNT containers of the release that is meant run, and no other. Fails where a new one does not
# get to work; those that served before it then serve on.
roll() {
  local service=$1 count=$2 started=0 id old current
  remove_ended "$service"
  while true; do
    old=() current=()
    for id in $(containers "$service"); do
      if is_current "$id" "$service"; then current+=("$id"); else old+=("$id"); fi
    done
    if ((${#current[@]} < count)); then
      ((started < count)) || { say "$service: Compose makes other containers than it was asked for" && return 1; }
      start_one "$service" || return 1
      started=$((started + 1))
      [[ ${#old[@]} -eq 0 ]] || retire "${old[0]}" || return 1
    elif ((${#old[@]} > 0)); then
      retire "${old[0]}" || return 1
    elif ((${#current[@]} > count)); then
      retire "${current[0]}" || return 1
    else
      return 0
    fi
  done
}
