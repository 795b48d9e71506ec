#!/usr/bin/env bash
# restore.sh STEP: the steps of a restore, in the order in which scripts/restore.sh takes them. Until `swap` nothing that is in use is
# touched, and until `finish` `undo` brings all of it back.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
. "$lib/compare.sh"
. "$lib/erased.sh"
opened=$scratch/restore
new=${PGDATABASE}_restored old=${PGDATABASE}_replaced

admin() { sql --dbname postgres --set name="$PGDATABASE" --set new="$new" --set old="$old" "$@"; }
database_exists() { [[ $(sql --dbname postgres --set db="$1" <<<"SELECT count(*) FROM pg_database WHERE datname = :'db'") == 1 ]]; }

# Nobody can connect any more, and nobody is connected.
close_database() {
  sql --dbname postgres --set db="$1" <<'SQL'
ALTER DATABASE :"db" ALLOW_CONNECTIONS false;
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :'db' AND pid <> pg_backend_pid() \g /dev/null
SQL
}

# Does the present database hold anything that a safety copy would be worth?
holds_data() {
  database_exists "$PGDATABASE" || { echo no; return; }
  contents_of "$PGDATABASE" |
    jq -r 'if [.tables | to_entries[] | select(.key | endswith("_sqlx_migrations") | not) | .value.rows] | (add // 0) > 0 then "yes" else "no" end'
}

# Restores into a second database, and compares.
stage() {
  local name
  name=$(resolve_set "$1")
  rm -rf "$opened"
  mkdir "$opened"
  "$lib/open.sh" "$name" "$opened" || exit
  echo "$name" >"$opened/name"
  drop_unfinished
  create_missing_roles "$opened/globals.sql" ||
    die "a role of the old server is missing here: make those of globals.sql as the superuser, and try again"
  admin --set collate="$(jq -r .database.collate "$opened/manifest.json")" \
    --set ctype="$(jq -r .database.ctype "$opened/manifest.json")" <<'SQL'
CREATE DATABASE :"new" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE :'collate' LC_CTYPE :'ctype';
REVOKE CONNECT ON DATABASE :"new" FROM PUBLIC;
SQL
  pg_restore --exit-on-error --no-owner --jobs=2 --dbname="$new" "$opened/database.dump" || die "pg_restore failed"
  compare_contents "$new" "$opened/manifest.json" "the restored database"
  # Without warnings about system tables, which are not ours to analyze.
  sql --dbname "$new" <<<'SET client_min_messages = error; ANALYZE'
  log INFO "$name is restored beside the present database, and the same as when it was backed up"
}

# The remains of an interrupted restore. The current database always exists: the swap is one transaction.
drop_unfinished() {
  admin <<'SQL'
DROP DATABASE IF EXISTS :"new" WITH (FORCE);
DROP DATABASE IF EXISTS :"old" WITH (FORCE);
SQL
}

# A backup does not know which sessions have ended since, and accepts refresh tokens used since, including stolen ones. Active
# sessions have newer tokens by now, so hardly anybody would keep theirs anyway.
end_sessions() {
  sql --dbname "$1" <<<"UPDATE sessions SET ended_at = now(), end_reason = 'restored' WHERE ended_at IS NULL"
}

# Swaps in the restored, migrated database and keeps the current one. Accounts erased since the backup are erased again by the
# workers as soon as they run.
swap() {
  local again
  if database_exists "$PGDATABASE"; then remember_erased "$PGDATABASE"; fi
  again=$(erase_again "$new")
  [[ ${again:-0} == 0 ]] || log INFO "$again account(s) that were deleted since the backup are deleted again"
  end_sessions "$new"
  if database_exists "$PGDATABASE"; then
    close_database "$PGDATABASE"
    admin <<'SQL'
BEGIN;
ALTER DATABASE :"name" RENAME TO :"old";
ALTER DATABASE :"new" RENAME TO :"name";
COMMIT;
SQL
  else
    admin <<<'ALTER DATABASE :"new" RENAME TO :"name"'
  fi
}

undo() {
  if database_exists "$old"; then
    if database_exists "$PGDATABASE"; then close_database "$PGDATABASE"; fi
    admin <<'SQL'
BEGIN;
ALTER DATABASE :"name" RENAME TO :"new";
ALTER DATABASE :"old" RENAME TO :"name";
COMMIT;
SQL
  fi
  if database_exists "$PGDATABASE"; then admin <<<'ALTER DATABASE :"name" ALLOW_CONNECTIONS true'; fi
  drop_unfinished
  rm -rf "$opened"
}

finish() {
  drop_unfinished
  rm -rf "$opened"
  "$lib/publish-state.sh"
}

# The dump of Redis, or nothing.
redis() { if [[ -f $opened/redis.rdb ]]; then cat "$opened/redis.rdb"; fi; }

describe() {
  jq -r '"\(.name), made by version \(.version): \([.database.contents.tables[].rows] | add // 0) rows in "
    + "\(.database.contents.tables | length) tables, \(.uploads.files) uploaded files, Redis " + (if .redis.included then "included" else "not included" end)
    + (if .encrypted_to then ", encrypted" else "" end)' "$backups/$(resolve_set "$1")/manifest.json"
}

migrations() { jq -r '.database.contents.migrations[].version' "$backups/$(resolve_set "$1")/manifest.json"; }

use_database_password
step=${1:-}
shift || true
case $step in
  resolve) resolve_set "$1" ;;
  describe | migrations) "$step" "$1" ;;
  holds-data) holds_data ;;
  stage | swap | undo | finish)
    take_lock
    "$step" "$@"
    ;;
  redis) redis ;;
  *) die "restore.sh does not know '$step'" ;;
esac
