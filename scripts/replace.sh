# shellcheck shell=bash
# One release takes the place of another. Source it after rolling.sh and release.sh.
# shellcheck disable=SC2154

# Those that cannot be there twice: ports, sockets or data of their own.
single_services=(database redis pgbouncer backup acme nginx)

replicas_wanted() {
  local count
  count=$(setting BACKEND_REPLICAS)
  echo "${count:-2}"
}

database_connections() {
  local connections
  connections=$(setting DATABASE_MAX_CONNECTIONS)
  echo "${connections:-15}"
}

# replace_all FROM TO: RELEASE is TO. Where that fails, FROM is put back.
replace_all() {
  local from=$1 to=$2
  if replace_rolling && replace_single; then return; fi
  [[ $from != "$to" ]] || die "stopped; what served before serves on"
  say "going back to $from"
  export RELEASE=$from
  replace_rolling || die "$to does not work, and going back to $from failed as well: see make status and make logs"
  die "$to was not put into service; $from serves on"
}

replace_rolling() {
  roll backend "$(replicas_wanted)" && roll worker 1 && roll frontend 1
}

# Only those whose image or settings changed, since for them it costs seconds.
replace_single() {
  local service id
  for service in "${single_services[@]}"; do
    id=$(containers "$service")
    keep_if_same "$service" "$id"
    if [[ -n $id ]] && is_current "$id" "$service"; then continue; fi
    say "$service has changed: replacing it, which costs some seconds"
    compose up --detach --no-build --quiet-pull "$service" >/dev/null 2>&1 || return 1
    wait_healthy "$(containers "$service")" || return 1
  done
}

# keep_if_same SERVICE CONTAINER: every release has images of all services; one that holds what already runs is no reason to
# replace it. <SERVICE>_RELEASE then stays with the release that it came with.
keep_if_same() {
  local service=$1 id=$2 variable="${1^^}_RELEASE" image runs
  export "$variable="
  [[ -n $id ]] || return 0
  runs=$(docker inspect --format '{{.Config.Image}}' "$id")
  image=${runs%:*}:$RELEASE
  [[ $runs == "$(setting COMPOSE_PROJECT_NAME)/"* && $runs != "$image" && $(contents_of "$runs") == "$(contents_of "$image")" ]] || {
    write_release "$variable" ''
    return 0
  }
  export "$variable=${runs##*:}"
  write_release "$variable" "${runs##*:}"
}

# What an image holds and does, without the labels that name its revision.
contents_of() {
  docker image inspect --format '{{json .RootFS.Layers}} {{json .Config.Env}} {{json .Config.Entrypoint}}
    {{json .Config.Cmd}} {{json .Config.User}} {{json .Config.Healthcheck}}' "$1" 2>/dev/null || echo "no image $1"
}

# Images of this project, but for those of the release that serves and of the one before. What runs is never removed.
prune_images() {
  local project image kept
  project=$(setting COMPOSE_PROJECT_NAME)
  kept="$(release_setting RELEASE) $(release_setting PREVIOUS_RELEASE)"
  for image in $(docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$project/*"); do
    [[ " $kept " == *" ${image##*:} "* ]] || docker image rm "$image" >/dev/null 2>&1 || true
  done
}
