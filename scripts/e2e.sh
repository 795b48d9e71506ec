#!/usr/bin/env bash
# Runs the browser journeys against the server of with-server.sh.
# Arguments go to Playwright: scripts/e2e.sh e2e/tasks.spec.ts --project=desktop
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

if [[ -z ${CHROMIUM_PATH:-} ]]; then
  CHROMIUM_PATH=$(command -v chromium) || die "Chromium is missing: run scripts/ensure.sh chromium"
fi
export CHROMIUM_PATH
cd "$repo/frontend"
"$repo/scripts/with-server.sh" npm run e2e -- "$@"
