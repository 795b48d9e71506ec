# shellcheck shell=bash
# One release takes the place of another. Source it after rolling.sh and release.sh.
# shellcheck disable=SC2154

# Services that cannot run twice, because of their ports, sockets or data.
single_services=(database redis pgbouncer backup acme watchdog nginx)

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

# put_into_service FROM TO: migrates, and replaces one container after another. With the same release: applies changed settings.
put_into_service() {
  local from=$1 to=$2
  export RELEASE=$to
  [[ $from == "$to" ]] || bring_schema_up_to_date "$from"
  replace_all "$from" "$to"
  [[ $from == "$to" ]] || write_release RELEASE "$to" PREVIOUS_RELEASE "$from"
  prune_images
}

# bring_schema_up_to_date FROM: migrates to RELEASE after a backup.
bring_schema_up_to_date() {
  local from=$1 pending
  pending=$(check_migrations) || die "the migrations cannot be asked for; $from serves on as before"
  if [[ ${BACKUP:-yes} != no ]]; then
    RELEASE=$from make --no-print-directory backup || die "the backup failed; $from serves on as before"
  fi
  if [[ -n $pending ]]; then
    say "migrating: $pending"
    compose run --rm --no-deps -T migrate || die "the migration failed; $from serves on. See docs/troubleshooting.md"
  fi
}

# Of the stack's own containers, those with this state or health, as "id service" lines.
containers_that() {
  docker ps --all --filter "$1" --filter "label=com.docker.compose.project=$(setting COMPOSE_PROJECT_NAME)" \
    --filter label=com.docker.compose.oneoff=False --format '{{.ID}} {{.Label "com.docker.compose.service"}}'
}

# Stopped or never started services, unchanged; the database first, because it is needed for the migration status.
start_stopped() {
  local id service
  while read -r id service; do
    ends_by_itself "$service" || { say "starting $service" && docker start "$id" >/dev/null; }
  done < <(containers_that status=exited; containers_that status=created)
  for _ in {1..60}; do
    [[ $(docker inspect --format '{{.State.Health.Status}}' "$(containers database)" 2>/dev/null) == starting ]] || break
    sleep 1
  done
}

# Hanging services. A backup's health is its age, which a restart does not change.
restart_unhealthy() {
  local id service
  while read -r id service; do
    [[ $service == backup ]] || { say "restarting $service, which is unhealthy" && docker restart "$id" >/dev/null; }
  done < <(containers_that health=unhealthy)
}

# replace_all FROM TO: RELEASE is TO. Where that fails, FROM is put back.
replace_all() {
  local from=$1 to=$2
  if replace_rolling && replace_single; then return; fi
  [[ $from != "$to" ]] || die "stopped; what served before serves on"
  say "going back to $from"
  export RELEASE=$from
  { replace_rolling && replace_single; } || die "$to does not work, and going back to $from failed as well: see make status and make logs"
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
    # Otherwise Compose would also recreate its dependants, all replicas at once, as soon as `migrate` has changed.
    [[ -z $id ]] || retire "$id"
    compose up --detach --no-build --no-recreate --quiet-pull "$service" >/dev/null 2>&1 || return 1
    wait_healthy "$(containers "$service")" || return 1
  done
}

# keep_if_same SERVICE CONTAINER: every release has images of all services; an image with the same contents is no reason to
# replace a container, nor is a release from before the service existed. <SERVICE>_RELEASE then keeps the release it came with.
keep_if_same() {
  local service=$1 id=$2 variable="${1^^}_RELEASE" image runs
  export "$variable="
  [[ -n $id ]] || return 0
  runs=$(docker inspect --format '{{.Config.Image}}' "$id")
  image=${runs%:*}:$RELEASE
  if [[ $runs == "$(setting COMPOSE_PROJECT_NAME)/"* && $runs != "$image" ]] &&
    { ! docker image inspect "$image" >/dev/null 2>&1 || [[ $(contents_of "$runs") == "$(contents_of "$image")" ]]; }; then
    export "$variable=${runs##*:}"
    write_release "$variable" "${runs##*:}"
  else
    write_release "$variable" ''
  fi
}

# An image's contents and configuration, without labels that contain its revision.
contents_of() {
  docker image inspect --format '{{json .RootFS.Layers}} {{json .Config.Env}} {{json .Config.Entrypoint}}
    {{json .Config.Cmd}} {{json .Config.User}} {{json .Config.Healthcheck}}' "$1" 2>/dev/null || echo "no image $1"
}

# Images of this project, except those of the current and the previous release. Images in use are never removed.
prune_images() {
  local project image kept
  project=$(setting COMPOSE_PROJECT_NAME)
  kept="$(release_setting RELEASE) $(release_setting PREVIOUS_RELEASE)"
  for image in $(docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$project/*"); do
    [[ " $kept " == *" ${image##*:} "* ]] || docker image rm "$image" >/dev/null 2>&1 || true
  done
}
