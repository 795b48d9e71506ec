#!/usr/bin/env bash
# create.sh [REASON]: makes a set, proves it, and only then gives it its name. Prints the name.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
. "$lib/erased.sh"
reason=${1:-manual}
take_lock
clean_leftovers
name=$(date -u +%Y%m%dT%H%M%SZ)
[[ $reason != before-restore ]] || name+=-before-restore
work=$backups/.partial-$name
ERROR_FILE=$(mktemp)
export ERROR_FILE
child=''

# An interrupted backup is no backup: nothing of it stays.
interrupted() {
  trap - TERM INT ERR
  [[ -z $child ]] || kill -TERM -- "-$child" 2>/dev/null || true
  wait
  rm -rf "$work" "$ERROR_FILE"
  "$lib/publish-state.sh" failed "interrupted"
  log ERROR "backup $name was interrupted; nothing of it was kept"
  exit 143
}
trap interrupted TERM INT

# step CMD…: runs one step and fails with its status. In the background, so that signals are handled meanwhile, and in its own
# process group, so that all of it can be ended.
step() {
  local status=0
  setsid "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

give_up() {
  local status=$1 why
  why=$(cat "$ERROR_FILE")
  if ((status == bad_set)); then
    "$lib/encrypt.sh" "$work" || rm -rf "$work"
    if [[ -d $work ]]; then mv "$work" "$backups/bad-$name"; fi
    why="$name is kept aside as bad-$name: $why"
  fi
  rm -rf "$work" "$ERROR_FILE"
  "$lib/retain.sh" || true
  "$lib/publish-state.sh" failed "${why:-unknown error}"
  log ERROR "backup failed: ${why:-unknown error}"
  exit 1
}

log INFO "backup $name begins ($reason)"
"$lib/publish-state.sh" started
mkdir "$work"
for part in build-set prove encrypt; do
  case $part in
    build-set) step "$lib/build-set.sh" "$work" "$name" "$reason" || give_up $? ;;
    *) step "$lib/$part.sh" "$work" || give_up $? ;;
  esac
done
write_sums "$work"
chmod 755 "$work"
mv "$work" "$backups/$name"
sync "$backups"
log INFO "backup $name is good: $(du -sh "$backups/$name" | cut -f 1)," \
  "$(jq -r '"\(.verified.rows) rows in \(.verified.tables) tables, proven in \(.verified.seconds) s"' "$backups/$name/manifest.json")"
# Failures from here on are errors, but the backup stays good.
problems=''
# For the case that the database machine is lost too: the list is next to the backups, and copied with them.
use_database_password
remember_erased "$PGDATABASE" || problems+="the list of deleted accounts was not renewed. "
for part in retain copy; do
  : >"$ERROR_FILE"
  case $part in
    # Not the one that is about to be restored.
    retain) [[ $reason == before-restore ]] || step "$lib/retain.sh" || problems+="the old ones were not deleted: $(cat "$ERROR_FILE"). " ;;
    copy) step "$lib/copy.sh" "$name" || problems+="it was not copied: $(cat "$ERROR_FILE")" ;;
  esac
done
if [[ -z $problems ]]; then
  "$lib/publish-state.sh" succeeded
else
  "$lib/publish-state.sh" failed "$name is good, but $problems"
  log ERROR "backup $name is good, but $problems"
fi
rm -f "$ERROR_FILE"
echo "$name"
