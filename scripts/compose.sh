#!/usr/bin/env bash
# The one way to call Docker Compose: compose.sh [dev|prod] ARGS…
# Without dev or prod: $STACK, else production where .env.production is, else development.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"

case ${1:-} in
  dev | prod)
    STACK=$1
    shift
    ;;
esac
use_stack
exec docker compose "${compose_options[@]}" "$@"
