#!/usr/bin/env bash
# restore.sh NAME|latest: replaces the current data with a backup. It asks first (CONFIRM=yes skips the question), makes a safety
# copy, and keeps the current data if anything fails. Works on an empty machine too (docs/deployment.md).
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
# shellcheck source=scripts/release.sh
. "$(dirname "$0")/release.sh"
# shellcheck source=scripts/logins.sh
. "$(dirname "$0")/logins.sh"
# shellcheck source=scripts/production.sh
. "$(dirname "$0")/production.sh"
cd "$repo"
[[ -n ${1:-} ]] || die "which one? make restore BACKUP=latest, or a name that 'make backups' lists"
use_stack
with_release_lock
[[ $STACK == dev ]] || make_missing_secrets
mkdir -p data/uploads backups/state logs/nginx logs/backend logs/database
writers=(backend worker pgbouncer backup)
[[ -z ${AGE_IDENTITY:-} || -r $AGE_IDENTITY ]] || die "AGE_IDENTITY: the file $AGE_IDENTITY cannot be read"

# in_backup ARGS…: a step in a separate container; the service may be stopped, and must not run meanwhile.
in_backup() { compose run --rm --no-deps --no-TTY backup "$@" </dev/null; }
in_uploads() {
  compose run --rm --no-deps --no-TTY --user root --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER \
    --volume "$repo/data/uploads:/restore/uploads" backup restore-uploads "$1" </dev/null
}

# On an empty machine there are neither images nor a database.
prepare() {
  if [[ $STACK == dev ]]; then
    compose build --quiet
  elif [[ -z $(release_setting RELEASE) ]]; then
    local release
    release=$(release_name)
    build_images "$release"
    write_release RELEASE "$release"
    use_stack
  fi
  compose run --rm --no-TTY prepare </dev/null
  compose up --detach --no-recreate database redis
  local end=$((SECONDS + 120))
  until compose exec --no-TTY database pg_isready --quiet --host=127.0.0.1 </dev/null; do
    ((SECONDS < end)) || die "the database does not start: make logs S=database"
    sleep 1
  done
  # A backup contains the roles of its original machine.
  [[ $STACK == dev ]] || make_second_login
}

ask() {
  say "this restores $(in_backup restore describe "$name")"
  [[ ${CONFIRM:-} != yes ]] || return 0
  [[ -t 0 ]] || die "nothing was changed: answer with CONFIRM=yes"
  local answer
  read -r -p "The present data are replaced by it; people are cut off meanwhile. Type yes to go on: " answer
  [[ $answer == yes ]] || die "nothing was changed"
}

# The program itself would run with a schema that is newer than it, as it has to while releases change.
refuse_newer() {
  local versions version
  versions=$(in_backup restore migrations "$name")
  for version in $versions; do
    compgen -G "database/migrations/${version}_*" >/dev/null ||
      die "$name was made by a newer version: check that out first (migration $version is not in database/migrations)"
  done
}

# Everything that can fail because of the backup happens next to the data in use.
stage() {
  say "restoring $name beside the present data, and comparing"
  if [[ -n ${AGE_IDENTITY:-} ]]; then
    compose run --rm --no-deps --no-TTY --env AGE_IDENTITY=stdin backup restore stage "$name" <"$AGE_IDENTITY" || return
  else
    in_backup restore stage "$name" || return
  fi
  say "bringing its schema up to date"
  compose run --rm --no-deps --no-TTY --env DATABASE_DIRECT_URL="postgres://todo$(setting DATABASE_LOGIN)@database:5432/todo_restored" migrate </dev/null
}

# SAFETY_COPY=no is for present data that are so broken that they cannot be copied.
keep_safety_copy() {
  local there copy
  if [[ ${SAFETY_COPY:-} == no ]]; then
    say "no safety copy of the present data, as you wish"
    return
  fi
  there=$(in_backup restore holds-data)
  if [[ $there == no ]]; then
    say "there are no data to keep a safety copy of"
    return
  fi
  say "keeping a safety copy of the present data"
  copy=$(in_backup create before-restore)
  say "the safety copy is $copy"
}

swap() {
  in_uploads swap
  in_backup restore swap
  say "putting Redis to the same moment"
  compose stop redis
  in_backup restore redis |
    compose run --rm --no-deps --no-TTY --entrypoint sh redis -c "$(cat scripts/load-redis.sh)" ||
    say "Redis starts empty, and loses nothing by that"
}

# The servers count as up when they reach the migrated database; other problems of the stack are unrelated to the backup.
start() {
  local end=$((SECONDS + ${START_TIMEOUT_SECONDS:-180})) health
  # The edge is not touched, and shows its page until the servers are there.
  compose up --detach --no-recreate --remove-orphans
  while true; do
    health=$(compose ps --format '{{.Health}}' backend | sort -u)
    [[ $health != healthy ]] || return 0
    if ((SECONDS >= end)); then
      say "the servers do not become healthy: make logs S=backend"
      return 1
    fi
    sleep 1
  done
}

undo() {
  trap - ERR INT TERM
  say "it failed: bringing back what was there before"
  compose stop "${writers[@]}" || true
  in_backup restore undo
  in_uploads undo
  compose run --rm --no-deps --no-TTY --entrypoint sh redis -c 'rm -rf /data/*' </dev/null || true
  start || true
  die "the restore failed; what was there before is in use again"
}

prepare
name=$(in_backup restore resolve "$1")
refuse_newer
ask
stage || { in_backup restore undo; die "the restore failed; nothing was changed"; }
say "stopping what writes"
trap undo ERR INT TERM
set -E
compose stop "${writers[@]}"
keep_safety_copy
swap
say "starting"
start
trap - ERR INT TERM
in_backup restore finish
in_uploads finish
say "restored $name"
