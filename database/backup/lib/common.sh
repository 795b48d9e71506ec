# shellcheck shell=bash
# What the scripts of the backup share: settings, log, lock, connections. Source it.
# shellcheck disable=SC2034 # they use what is set here
set -euo pipefail
# Files are accessible only to their owner. Folders of backups may be entered, so that the machine's owner can copy them.
umask 077
export LC_ALL=C.UTF-8

lib="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
backups=${BACKUPS_DIR:-/backups}
state=$backups/state
scratch=${SCRATCH_DIR:-/scratch}
uploads=${UPLOADS_DIR:-/data/uploads}
copies=${COPIES_DIR:-/copies}
# The contents of a backup besides its manifest and checksums.
set_files=(database.dump globals.sql redis.rdb uploads.tar)
# The exit status for "this set is bad", which is more than "this went wrong".
bad_set=3

export PGHOST=${PGHOST:-database} PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-todo} PGDATABASE=${PGDATABASE:-todo}
export PGCONNECT_TIMEOUT=10 PGAPPNAME=backup PGOPTIONS='--client-min-messages=warning'

log() { printf '%s %-5s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "${*:2}" >&2; }

# fail STATUS TEXT…: ends with a reason, which the caller of the script finds in $ERROR_FILE.
fail() {
  [[ -z ${ERROR_FILE:-} ]] || printf '%s' "${*:2}" >"$ERROR_FILE"
  log ERROR "${*:2}"
  exit "$1"
}
die() { fail 1 "$@"; }
# For unexpected errors. A known reason from a subshell takes precedence.
on_error() {
  [[ -z ${ERROR_FILE:-} || ! -s $ERROR_FILE ]] || exit "$1"
  fail "$1" "${0##*/}, line $2: '$3' failed"
}
set -E
trap 'on_error $? "$LINENO" "$BASH_COMMAND"' ERR

# read_secret FILE: its text, or nothing.
read_secret() { [[ ! -s $1 ]] || cat "$1"; }

use_database_password() {
  PGPASSWORD=$(read_secret "${DATABASE_PASSWORD_FILE:-/run/secrets/database_password}")
  export PGPASSWORD
}

sql() { psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"; }

# One at a time, in whichever container: a backup, a proof, a restore, a clean-up.
take_lock() {
  [[ -w $backups ]] || die "$backups cannot be written by user $(id -u)"
  exec 9>"$backups/.lock"
  flock --wait 3600 9 || die "another backup has been running for an hour"
}

# Under the lock, whatever is unfinished was left by a crash.
clean_leftovers() {
  rm -rf "$backups"/.partial-* "$scratch"/prove.* "$scratch"/open.*
  [[ ! -d $copies ]] || rm -rf "$copies"/.partial-*
}

is_set_name() { [[ $1 =~ ^[0-9]{8}T[0-9]{6}Z(-before-restore)?$ ]]; }

# Every whole set, oldest first.
list_sets() {
  local path
  for path in "$backups"/[0-9]*Z*; do
    if is_set_name "${path##*/}" && [[ -f $path/SHA256SUMS ]]; then echo "${path##*/}"; fi
  done
}

# resolve_set NAME|latest: the name of a set that is there.
resolve_set() {
  local name=${1%/}
  name=${name##*/}
  [[ $name != latest ]] || name=$(list_sets | tail -n 1)
  [[ -n $name ]] || die "there is no backup"
  { is_set_name "$name" && [[ -f $backups/$name/SHA256SUMS ]]; } || die "there is no backup '$name' ('make backups' lists them)"
  echo "$name"
}

# 20261123T040506Z[-…] as seconds since 1970.
set_time() { date -u -d "${1:0:4}-${1:4:2}-${1:6:2} ${1:9:2}:${1:11:2}:${1:13:2}" +%s; }

timestamp() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
max_age_seconds() { awk -v hours="${BACKUP_MAX_AGE_HOURS:-26}" 'BEGIN { printf "%d", hours * 3600 }'; }

# check_sums FOLDER: is every file there, and as it was written?
check_sums() {
  local listed file
  listed=$(cd "$1" && sha256sum --check --strict --quiet SHA256SUMS 2>&1) ||
    fail "$bad_set" "$(basename "$1") is damaged: $(grep -v WARNING <<<"$listed" | paste -sd ';' -)"
  while read -r file; do
    grep -q "  $file\$" "$1/SHA256SUMS" || fail "$bad_set" "$(basename "$1") is damaged: $file is not in SHA256SUMS"
  done < <(echo manifest.json && jq -r '.files[].stored' "$1/manifest.json")
}

# write_sums FOLDER: to be called last, when all else is written.
write_sums() {
  # shellcheck disable=SC2094 # it gets its name when it is whole
  (cd "$1" && find . -type f ! -name .sums ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >.sums && mv .sums SHA256SUMS)
  (cd "$1" && sync -- * .)
}
