#!/usr/bin/env bash
# open.sh NAME FOLDER: checks a set and puts its parts into FOLDER, decrypted. An age identity is read from standard input when
# AGE_IDENTITY=stdin.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
source=$backups/$1 target=$2
check_sums "$source"
cp "$source/manifest.json" "$target/"
if [[ $(jq -r .encrypted_to "$source/manifest.json") == null ]]; then
  # The parts are only read, so links do where the folders are of one file system.
  cp --symbolic-link "$source"/{database.dump,globals.sql,uploads.tar} "$target/"
  [[ ! -f $source/redis.rdb ]] || cp --symbolic-link "$source/redis.rdb" "$target/"
  exit 0
fi
[[ ${AGE_IDENTITY:-} == stdin ]] || die "$1 is encrypted: give the file with the age identity as AGE_IDENTITY=…"
identity=$(mktemp)
trap 'rm -f "$identity"' EXIT
cat >"$identity"
while IFS=$'\t' read -r name stored sha256; do
  age --decrypt --identity "$identity" --output "$target/$name" "$source/$stored" 2>"$target/errors" ||
    die "$1 cannot be decrypted: $(head -n 1 "$target/errors")"
  sha256sum --check --status <<<"$sha256  $target/$name" || fail "$bad_set" "$1 is damaged: $name is not what was encrypted"
done < <(jq -r '.files | to_entries[] | [.key, .value.stored, .value.sha256] | @tsv' "$source/manifest.json")
rm -f "$target/errors"
