#!/usr/bin/env bash
# prove.sh FOLDER: restores the unencrypted set in FOLDER into a temporary PostgreSQL, compares the two, and
# writes the result into the manifest. It never touches the server that the set came from.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
. "$lib/compare.sh"
folder=$1
manifest=$folder/manifest.json
began=$(date +%s)
work=$(mktemp -d "$scratch/prove.XXXXXX")
server=''

clean_up() {
  trap - EXIT
  if [[ -n $server ]]; then
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' TERM INT

start_server() {
  local bin
  bin=$(pg_config --bindir 2>/dev/null || dirname "$(readlink -f /usr/lib/postgresql/*/bin/initdb)")
  "$bin/initdb" --pgdata "$work/data" --username postgres --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync \
    --no-instructions >"$work/log" 2>&1 || die "no scratch database: $(tail -n 3 "$work/log")"
  # It ends with this script, even when that is killed; without the lock in its hands.
  setpriv --pdeathsig QUIT "$bin/postgres" -D "$work/data" -c listen_addresses= -c unix_socket_directories="$work" \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 \
    -c max_wal_size=4GB -c maintenance_work_mem=128MB -c autovacuum=off -c jit=off >>"$work/log" 2>&1 9>&- &
  server=$!
  export PGHOST=$work PGPORT=5432 PGUSER=postgres
  unset PGPASSWORD
  for _ in {1..300}; do
    if pg_isready --quiet; then return; fi
    kill -0 "$server" 2>/dev/null || die "the scratch database ended: $(tail -n 3 "$work/log")"
    sleep 0.1
  done
  die "the scratch database does not start: $(tail -n 3 "$work/log")"
}

prove_database() {
  start_server
  create_missing_roles "$folder/globals.sql"
  sql --dbname postgres --set collate="$(jq -r .database.collate "$manifest")" --set ctype="$(jq -r .database.ctype "$manifest")" \
    <<<"CREATE DATABASE proof TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE :'collate' LC_CTYPE :'ctype'"
  pg_restore --exit-on-error --jobs=2 --dbname=proof "$folder/database.dump" 2>"$work/errors" ||
    fail "$bad_set" "the dump cannot be restored: $(head -n 3 "$work/errors" | paste -sd ' ' -)"
  compare_contents proof "$manifest" "the restored database"
  log INFO "restored and compared $(jq '.database.contents.tables | length' "$manifest") tables"
}

prove_uploads() {
  local entries
  entries=$(tar --list --file "$folder/uploads.tar" | grep -vc '/$' || true)
  [[ $entries == "$(jq .uploads.files "$manifest")" ]] ||
    fail "$bad_set" "uploads.tar has $entries files, the manifest $(jq .uploads.files "$manifest")"
}

prove_redis() {
  [[ $(jq .redis.included "$manifest") == true ]] || return 0
  [[ $(head -c 5 "$folder/redis.rdb") == REDIS ]] || fail "$bad_set" "redis.rdb is no Redis dump"
}

prove_database
prove_uploads
prove_redis
result=$(jq --arg at "$(timestamp "$(date +%s)")" --argjson seconds "$(($(date +%s) - began))" '.verified = {
  at: $at, seconds: $seconds,
  tables: (.database.contents.tables | length),
  rows: ([.database.contents.tables[].rows] | add // 0),
  migrations: (.database.contents.migrations | length)
}' "$manifest")
# A set that was proven before is checked again without a change to it.
[[ ${2:-} == --only-check ]] || printf '%s\n' "$result" >"$manifest"
