#!/usr/bin/env bash
# build-set.sh FOLDER NAME REASON: writes the parts of a set and its manifest into FOLDER, unproven and unencrypted.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
export WORK=$1
name=$2 reason=$3
began=$(date +%s)
redis_problem='' upload_files=0

# Before the database: Redis caches answers by database revision. After a restore, a newer entry would be served when the same
# revision number is used again with other contents.
save_redis() {
  local said host=${REDIS_HOST:-redis} port=${REDIS_PORT:-6379}
  REDISCLI_AUTH=$(read_secret "${REDIS_PASSWORD_FILE:-/run/secrets/redis_password}")
  export REDISCLI_AUTH
  if said=$(timeout 300 redis-cli -h "$host" -p "$port" --rdb "$WORK/redis.rdb" 2>&1) &&
    [[ $(head -c 5 "$WORK/redis.rdb" 2>/dev/null) == REDIS ]]; then
    return
  fi
  rm -f "$WORK/redis.rdb"
  redis_problem=$(tail -n 1 <<<"$said")
  redis_problem=${redis_problem:-Redis gave no dump}
  log WARN "without Redis, which holds nothing that is not in PostgreSQL: $redis_problem"
}

save_database() {
  sql --file "$lib/snapshot.sql" >"$WORK/description" 2>"$WORK/errors" ||
    die "the database cannot be dumped: $(tail -n 3 "$WORK/errors" | paste -sd ' ' -)"
  [[ -f $WORK/dumped ]] || die "pg_dump failed: $(tail -n 3 "$WORK/errors" | paste -sd ' ' -)"
  # Passwords are the machine's own, from its secrets.
  pg_dumpall --globals-only --no-role-passwords --database="$PGDATABASE" --file="$WORK/globals.sql"
}

save_uploads() {
  local status=0
  # A file that is written meanwhile (status 1) is one that the snapshot of the database does not know yet.
  tar --create --file "$WORK/uploads.tar" --directory "$uploads" --exclude './.restore-*' --exclude './.replaced-*' \
    --warning=no-file-changed --warning=no-file-removed . || status=$?
  ((status <= 1)) || die "the uploads cannot be read"
  upload_files=$(tar --list --file "$WORK/uploads.tar" | grep -vc '/$' || true)
}

describe_files() {
  local file
  for file in "${set_files[@]}"; do
    [[ ! -f $WORK/$file ]] || jq -n --arg name "$file" --argjson bytes "$(stat -c %s "$WORK/$file")" \
      --arg sha256 "$(sha256sum "$WORK/$file" | cut -d ' ' -f 1)" '{key: $name, value: {bytes: $bytes, sha256: $sha256, stored: $name}}'
  done | jq -s from_entries
}

write_manifest() {
  jq -n --arg name "$name" --arg reason "$reason" --arg version "${VERSION:-unknown}" --arg revision "${REVISION:-unknown}" \
    --arg started "$(timestamp "$began")" --arg finished "$(timestamp "$(date +%s)")" --arg redis_problem "$redis_problem" \
    --argjson upload_files "$upload_files" --argjson files "$(describe_files)" \
    --argjson about "$(jq -c 'select(.snapshot_at)' "$WORK/description")" \
    --argjson contents "$(jq -s -f "$lib/contents.jq" "$WORK/description")" '{
      format: 1, name: $name, reason: $reason, version: $version, revision: $revision,
      started_at: $started, finished_at: $finished,
      database: ($about + {contents: $contents}),
      redis: {included: ($redis_problem == ""), problem: (if $redis_problem == "" then null else $redis_problem end)},
      uploads: {files: $upload_files}, files: $files, verified: null, encrypted_to: null
    }' >"$WORK/manifest.json"
  rm -f "$WORK/description" "$WORK/errors" "$WORK/dumped"
}

use_database_password
save_redis
save_database
save_uploads
write_manifest
