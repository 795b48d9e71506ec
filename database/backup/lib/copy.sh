#!/usr/bin/env bash
# copy.sh NAME: copies a set to the other folder and to the S3-compatible store, where they are set up.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
. "$lib/s3.sh"
. "$lib/erased.sh"
name=$1

copy_to_folder() {
  [[ -w $copies ]] || die "the folder for copies cannot be written by user $(id -u)"
  cp --recursive "$backups/$name" "$copies/.partial-$name" || die "the copy to the folder failed"
  check_sums "$copies/.partial-$name"
  sync -f "$copies/.partial-$name"
  mv "$copies/.partial-$name" "$copies/$name"
  if [[ -f $erased_list ]]; then cp "$erased_list" "$copies/"; fi
  log INFO "copied $name to the folder for copies"
}

# SHA256SUMS marks a backup as complete, so it goes last.
copy_to_s3() {
  # Others run that store, and a set holds everybody's tasks and addresses.
  [[ -f $backups/$name/database.dump.age ]] ||
    die "the copy to S3 was refused: it is not encrypted (set BACKUP_AGE_RECIPIENT)"
  use_s3
  local said
  said=$(rclone copy --exclude SHA256SUMS "$backups/$name" "$s3_place/$name" 2>&1 &&
    rclone copy "$backups/$name/SHA256SUMS" "$s3_place/$name" 2>&1 &&
    rclone check --one-way "$backups/$name" "$s3_place/$name" 2>&1) ||
    die "the copy to S3 failed: $(grep -E 'ERROR|Failed|NOTICE' <<<"$said" | head -n 1)"
  # Only ids, which identify nobody.
  if [[ -f $erased_list ]]; then rclone copyto "$erased_list" "$s3_place/${erased_list##*/}" || die "the list of deleted accounts was not copied to S3"; fi
  log INFO "copied $name to $BACKUP_S3_BUCKET"
}

if [[ -d $copies ]]; then copy_to_folder; fi
if [[ -n ${BACKUP_S3_BUCKET:-} ]]; then copy_to_s3; fi
