#!/usr/bin/env bash
# Compares backend/.sqlx, by which builds without a database check their queries, with what the migrations give.
# `--write` renews it. Run it through with-services.sh.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
PATH="$target_dir/tools/bin:$PATH"
unset SQLX_OFFLINE

cd "$repo/backend"
cargo sqlx migrate run --source "$repo/database/migrations"
if [[ ${1:-} == --write ]]; then
  cargo sqlx prepare -- --all-targets
else
  cargo sqlx prepare --check -- --all-targets || die "backend/.sqlx is stale: run 'make queries' and commit it"
fi
