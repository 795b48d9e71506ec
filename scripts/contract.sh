#!/usr/bin/env bash
# Sends requests that Schemathesis makes from the OpenAPI document to the server of with-server.sh, and compares the answers with it.
# Arguments go to Schemathesis: scripts/contract.sh --include-path /api/v1/tasks
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
contract="$repo/backend/tests/contract"

if [[ -z ${E2E_BASE_URL:-} ]]; then
  export SERVER_SETTINGS="RATE_LIMIT_INVITE_PER_USER=off RATE_LIMIT_INVITE_PER_RECIPIENT=off RATE_LIMIT_RESET_PER_ACCOUNT=off \
    RATE_LIMIT_RESET_PER_ADDRESS=off RATE_LIMIT_WEBHOOK_SENDS_PER_USER=off"
  exec "$repo/scripts/with-server.sh" "$0" "$@"
fi

export CONTRACT_URL=$E2E_BASE_URL CONTRACT_PASSWORD='eleven amber kettles'

# Test results are stored out of the way, and each run starts without old ones.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
SCHEMATHESIS_HOOKS="$contract/hooks.py" "$target_dir/schemathesis/bin/schemathesis" --no-color \
  --config-file "$contract/schemathesis.toml" run "$repo/frontend/openapi.json" --url "$CONTRACT_URL" --checks all \
  --generation-database none "$@"
