#!/usr/bin/env bash
# Compares frontend/openapi.json with the built server's document, and the client's types and limits with that file. `--write`
# updates them all.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo/frontend"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$target_dir/debug/todo" openapi >"$dir/openapi.json"

if [[ ${1:-} == --write ]]; then
  cp "$dir/openapi.json" openapi.json
  npm run gen:api
  exit
fi

diff -u openapi.json "$dir/openapi.json" || die "frontend/openapi.json is stale: run 'make api' and commit it"
node scripts/gen-schema.mjs openapi.json "$dir/schema.d.ts"
diff -u src/api/schema.d.ts "$dir/schema.d.ts" ||
  die "frontend/src/api/schema.d.ts is stale: run 'make api' and commit it"
node scripts/gen-limits.mjs openapi.json "$dir/limits.ts"
diff -u src/api/limits.ts "$dir/limits.ts" || die "frontend/src/api/limits.ts is stale: run 'make api' and commit it"
echo "openapi.json, schema.d.ts and limits.ts are current"
