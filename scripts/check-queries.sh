#!/usr/bin/env bash
# Compares backend/.sqlx, which lets builds check queries without a database, with the migrated schema, and lints the server in
# the same compilation. `--write` updates .sqlx instead. Run it through with-services.sh.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
bin=$(find_postgres)

migrate() {
  local file transaction
  for file in database/migrations/*.sql; do
    # Like sqlx: each in a transaction, unless its first line says otherwise.
    transaction=(--single-transaction)
    [[ $(head -n 1 "$file") != '-- no-transaction'* ]] || transaction=()
    PGOPTIONS="-c client_min_messages=warning" "$bin/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 "${transaction[@]}" --file "$file" "$DATABASE_URL"
  done
}

found=$(mktemp -d)
lib=backend/src/lib.rs
touch --reference="$lib" "$found/.time"
clean_up() {
  touch --reference="$found/.time" "$lib"
  rm -rf "$found"
}
trap clean_up EXIT

migrate
# The macros query the database and write the results into this folder, but only when the crate is compiled. Cargo compares
# modification times, so these are restored afterwards to avoid other rebuilds.
export SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$found
touch "$lib"
if [[ ${1:-} == --write ]]; then
  cargo check --locked --workspace --all-targets
  compgen -G "$found/query-*.json" >/dev/null || die "the build asked no query: backend/.sqlx is left as it was"
  rm -f backend/.sqlx/query-*.json
  cp "$found"/query-*.json backend/.sqlx/
else
  cargo clippy --locked --workspace --all-targets -- -D warnings
  diff --recursive --brief --exclude=.time backend/.sqlx "$found" ||
    die "backend/.sqlx is stale: run 'make queries' and commit it"
  echo "backend/.sqlx is current"
fi
