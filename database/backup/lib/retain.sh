#!/usr/bin/env bash
# Deletes the sets that need not be kept (retention.sh says which), and all but the newest two of those put aside as bad.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# superfluous <NAMES
superfluous() {
  "$lib/retention.sh" "$(date +%s)" "${BACKUP_KEEP_DAILY:-7}" "${BACKUP_KEEP_WEEKLY:-4}" "${BACKUP_KEEP_MONTHLY:-6}"
}

# remove PATH: first the name, so that there is never half a set under it.
remove() {
  local gone
  gone="$(dirname "$1")/.partial-deleted-$(basename "$1")"
  mv "$1" "$gone"
  rm -rf "$gone"
  log INFO "deleted $1, which need not be kept any more"
}

list_sets | superfluous | while read -r name; do remove "$backups/$name"; done
find "$backups" -maxdepth 1 -type d -name 'bad-*' -printf '%f\n' | sort -r | tail -n +3 |
  while read -r name; do remove "$backups/$name"; done
if [[ -d $copies ]]; then
  find "$copies" -maxdepth 1 -type d -name '[0-9]*Z*' -printf '%f\n' | superfluous |
    while read -r name; do remove "$copies/$name"; done
fi
