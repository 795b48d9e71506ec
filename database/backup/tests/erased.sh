#!/usr/bin/env bash
# Erased accounts are erased again after restoring an older backup, and no session survives: tests the list and its effect on a
# restored database. Needs DATABASE_URL: run it through scripts/with-services.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
url=${DATABASE_URL:?run it through scripts/with-services.sh}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rest=${url#*://}
PGUSER=${rest%%:*} rest=${rest#*:}
PGPASSWORD=${rest%%@*} rest=${rest#*@}
PGHOST=${rest%%:*} rest=${rest#*:}
PGPORT=${rest%%/*} PGDATABASE=${rest#*/}
export PGUSER PGPASSWORD PGHOST PGPORT PGDATABASE BACKUPS_DIR=$work
# shellcheck source=database/backup/lib/common.sh
. "$here/../lib/common.sh"
# shellcheck source=database/backup/lib/erased.sh
. "$here/../lib/erased.sh"

make_database() {
  sql --dbname postgres --set db="$1" <<<'DROP DATABASE IF EXISTS :"db" WITH (FORCE)'
  sql --dbname postgres --set db="$1" <<<'CREATE DATABASE :"db"'
  local file transaction
  for file in "$here"/../../migrations/*.sql; do
    transaction=(--single-transaction)
    [[ $(head -n 1 "$file") != '-- no-transaction'* ]] || transaction=()
    sql --dbname "$1" "${transaction[@]}" --file "$file"
  done
}
expect() { [[ $2 == "$3" ]] || { echo "FAILED: $1: expected '$2', got '$3'"; exit 1; }; }
ask() { sql --dbname "$1" <<<"$2"; }

# As the swap of a restore names them.
present=erased restored=erased_restored
gone=11111111-1111-4111-8111-111111111111 kept=22222222-2222-4222-8222-222222222222 lost=33333333-3333-4333-8333-333333333333
make_database "$present"
make_database "$restored"
ask "$present" "INSERT INTO erased_accounts VALUES ('$gone', '2026-11-01T00:00:00Z')"
for user in "$gone" "$kept" "$lost"; do
  ask "$restored" "INSERT INTO users (id, email, name, password_hash) VALUES ('$user', '$user@example.org', 'x', 'x');
    INSERT INTO sessions (id, user_id, expires_at) VALUES ('$user', '$user', now() + interval '1 day')"
done

# One that only the list contains: the previous database is lost.
mkdir -p "$state"
echo "$lost,2026-10-01 00:00:00+00" >"$erased_list"
remember_erased "$present"
remember_erased "$present"
expect "the list has each once" "2" "$(wc -l <"$erased_list")"
expect "how many are erased again" "2" "$(erase_again "$restored")"
expect "again is no error" "2" "$(erase_again "$restored")"
expect "whose end has begun" "$(printf '%s\n' "$gone" "$lost")" "$(ask "$restored" 'SELECT user_id FROM account_deletions WHERE begun_at IS NOT NULL ORDER BY 1')"
expect "whose sessions live" "$kept" "$(ask "$restored" 'SELECT user_id FROM sessions WHERE ended_at IS NULL')"
expect "what the next backup knows" "2" "$(ask "$restored" 'SELECT count(*) FROM erased_accounts')"
# A backup from before these were recorded.
ask "$restored" 'ALTER TABLE erased_accounts RENAME TO hidden'
expect "a backup of before" "" "$(erase_again "$restored")"
ask "$restored" 'ALTER TABLE hidden RENAME TO erased_accounts'

# The swap does all of it, also for an account erased after the last backup.
late=44444444-4444-4444-8444-444444444444
ask "$present" "INSERT INTO erased_accounts VALUES ('$late')"
ask "$restored" "INSERT INTO users (id, email, name, password_hash) VALUES ('$late', '$late@example.org', 'x', 'x')"
printf '%s' "$PGPASSWORD" >"$work/password"
PGDATABASE=$present DATABASE_PASSWORD_FILE=$work/password SCRATCH_DIR=$work "$here/../lib/restore.sh" swap 2>"$work/log"
expect "the log" "1" "$(grep -c '3 account(s) that were deleted since the backup are deleted again' "$work/log")"
expect "whose end has begun after the swap" "$(printf '%s\n' "$gone" "$lost" "$late")" \
  "$(ask "$present" 'SELECT user_id FROM account_deletions WHERE begun_at IS NOT NULL ORDER BY 1')"
expect "the list" "3" "$(wc -l <"$erased_list")"
expect "whose sessions live after the swap" "" "$(ask "$present" 'SELECT user_id FROM sessions WHERE ended_at IS NULL')"
expect "why theirs has ended" "restored" "$(ask "$present" "SELECT end_reason FROM sessions WHERE user_id = '$kept'")"
for database in "$present" "${present}_replaced"; do
  sql --dbname postgres --set db="$database" <<<'DROP DATABASE IF EXISTS :"db" WITH (FORCE)'
done
echo "erased: all well"
