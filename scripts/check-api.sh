#!/usr/bin/env bash
# Compares frontend/openapi.json with what the built server says, and the client's types with that document.
# `--write` renews both.
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
npx --no-install openapi-typescript openapi.json --output "$dir/schema.d.ts" >/dev/null
diff -u src/api/schema.d.ts "$dir/schema.d.ts" ||
  die "frontend/src/api/schema.d.ts is stale: run 'make api' and commit it"
echo "openapi.json and schema.d.ts are current"
