#!/usr/bin/env bash
# test-backend.sh ARGS…: the server's tests; ARGS go to cargo test. Run it through with-services.sh.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

# Every test has its own database, which PostgreSQL copies from template1. With the schema in there, the migrations run once
# instead of hundreds of times.
cargo test --locked --workspace --no-run
DATABASE_URL="${DATABASE_URL%/*}/template1" JWT_SECRET=only-to-migrate-a-database-of-tests \
  "${CARGO_TARGET_DIR:-target}/debug/todo" migrate
cargo test --locked --workspace "$@"
