#!/usr/bin/env bash
# encrypt.sh FOLDER: with BACKUP_AGE_RECIPIENT, replaces the parts of a set by their encrypted form. The manifest stays readable: it
# has counts and checksums, no data.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
[[ -n ${BACKUP_AGE_RECIPIENT:-} ]] || exit 0
for file in "${set_files[@]}"; do
  [[ -f $1/$file ]] || continue
  age --encrypt --recipient "$BACKUP_AGE_RECIPIENT" --output "$1/$file.age" "$1/$file" 2>"$1/errors" ||
    die "not encrypted: $(head -n 1 "$1/errors")"
  rm "$1/$file"
done
rm -f "$1/errors"
manifest=$(jq --arg to "$BACKUP_AGE_RECIPIENT" '.encrypted_to = $to | .files |= with_entries(.value.stored += ".age")' "$1/manifest.json")
printf '%s\n' "$manifest" >"$1/manifest.json"
