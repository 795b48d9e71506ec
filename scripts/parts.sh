#!/usr/bin/env bash
# parts.sh TARGET…: makes these, one after the other, and says how long each took.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

trap tell_parts EXIT
for target in "$@"; do
  part "make $target" make --no-print-directory "$target"
done
