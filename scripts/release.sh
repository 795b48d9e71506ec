# shellcheck shell=bash
# Releases: their names, their images, and waiting for what was started. Source it after lib.sh and containers.sh, and after
# use_stack.

release_file=.release.env

# The name of the checkout: version-revision, plus uncommitted changes, so that one name is always the same code. RELEASE from the
# shell wins, for code outside a git repository.
release_name() {
  local revision changes
  if [[ -n ${RELEASE:-} ]]; then
    echo "$RELEASE"
    return
  fi
  revision=$(git rev-parse --short=12 HEAD 2>/dev/null) || revision=unknown
  if [[ $revision != unknown ]] && ! git diff --quiet HEAD --; then
    changes=$(git diff HEAD -- | git hash-object --stdin)
    revision+="-changed-${changes:0:8}"
  fi
  echo "$VERSION-$revision"
}

# release_setting NAME: what is remembered from one call to the next; empty when there is nothing.
#   RELEASE, PREVIOUS_RELEASE     the images that run, and what `make rollback` goes back to
#   NGINX_RELEASE, …              a service that runs the images of an older release, because nothing in them has changed
release_setting() {
  [[ ! -f $release_file ]] || sed -n "s/^$1=//p" "$release_file" | tail -n 1
}

# write_release NAME VALUE…: sets these and leaves the others; an empty value takes the name away. Compose reads it.
write_release() {
  local lines=''
  [[ ! -f $release_file ]] || lines=$(grep -v '^#' "$release_file" || true)
  while [[ $# -gt 0 ]]; do
    lines=$(grep -v "^$1=" <<<"$lines" || true)
    [[ -z $2 ]] || lines+=$'\n'"$1=$2"
    shift 2
  done
  {
    echo "# Written by make prod-up, deploy, rollback and scale: what runs."
    sed '/^$/d' <<<"$lines"
  } >"$release_file.new"
  mv -f "$release_file.new" "$release_file"
}

# build_images NAME: builds all images of the stack under the release's name. It takes long the first time and whenever
# dependencies change, so it prints its progress.
build_images() {
  local log=logs/build.log pid started=$SECONDS status=0
  say "building the images of release $1 (all that is said: $log)"
  mkdir -p logs
  # Never under the name of an older release that a service still runs.
  RELEASE=$1 NGINX_RELEASE='' ACME_RELEASE='' PGBOUNCER_RELEASE='' BACKUP_RELEASE='' WATCHDOG_RELEASE='' \
    compose --progress plain build >"$log" 2>&1 &
  pid=$!
  # Background processes do not receive Ctrl-C.
  trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
  while sleep 1 && kill -0 "$pid" 2>/dev/null; do
    (((SECONDS - started) % 30 != 29)) ||
      say "still building, for $(((SECONDS - started + 30) / 60)) min: $(build_step "$log")"
  done
  wait "$pid" || status=$?
  trap - INT TERM
  [[ $status -eq 0 ]] || tail -n 40 "$log" >&2
  return "$status"
}

# The last line of a build's log, without the step's number and its seconds.
build_step() { grep -E '^#[0-9]+ [0-9.]+ ' "$1" | tail -n 1 | sed -E 's/^#[0-9]+ [0-9.]+ +//' | cut -c 1-100; }

# Services that are not up, as "service state" lines: one-shot services must have succeeded, the others must be healthy.
not_up() {
  compose ps --all --format '{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}' |
    while read -r service state health_or_code code; do
      if [[ $state == exited && ${code:-$health_or_code} == 0 ]]; then
        ends_by_itself "$service" || echo "$service stopped"
        continue
      fi
      if [[ $state == running && -n $code && $health_or_code == healthy ]]; then continue; fi
      if [[ $state == running && -z $code ]]; then continue; fi
      echo "$service $state${code:+ ($health_or_code)}"
    done
}

# wait_until_up SECONDS: until all services are up; otherwise lists the others and fails.
wait_until_up() {
  local missing='' end=$((SECONDS + $1))
  say "waiting until every service is healthy"
  while true; do
    missing=$(not_up)
    [[ -n $missing ]] || return 0
    ((SECONDS < end)) || break
    sleep 1
  done
  printf '  %s\n' "${missing//$'\n'/$'\n'  }" >&2
  return 1
}

# with_release_lock: one change of the stack at a time.
with_release_lock() {
  have flock || return 0
  exec 8>.release.lock
  flock -n 8 || die "another prod-up, deploy or rollback is running (.release.lock)"
}
