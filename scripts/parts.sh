#!/usr/bin/env bash
# parts.sh TARGET…: runs these one after another, and prints how long each took.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

trap tell_parts EXIT
for target in "$@"; do
  part "make $target" make --no-print-directory "$target"
done
