#!/usr/bin/env bash
# fetch.sh [NAME]: brings a set back from the S3-compatible store; without a name, lists those that are there.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
. "$lib/s3.sh"
. "$lib/erased.sh"
use_s3
if [[ $# -eq 0 ]]; then exec rclone lsf --dirs-only "$s3_place"; fi
is_set_name "$1" || die "'$1' is no backup's name"
take_lock
clean_leftovers
[[ ! -e $backups/$1 ]] || die "$1 is here already"
rclone copy "$s3_place/$1" "$backups/.partial-$1" || die "$1 could not be fetched"
[[ -f $backups/.partial-$1/SHA256SUMS ]] || die "the store has no whole backup '$1'"
check_sums "$backups/.partial-$1"
chmod 755 "$backups/.partial-$1"
mv "$backups/.partial-$1" "$backups/$1"
if [[ -n $(rclone lsf --files-only "$s3_place/${erased_list##*/}" 2>/dev/null) ]]; then
  rclone copyto "$s3_place/${erased_list##*/}" "$erased_list.fetched"
  merge_erased "$erased_list.fetched"
  rm -f "$erased_list.fetched"
fi
"$lib/publish-state.sh"
log INFO "fetched $1"
