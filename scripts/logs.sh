#!/usr/bin/env bash
# logs.sh [SERVICE…]: follows the logs of these services, or of all. FOLLOW=no shows them and ends; TAIL=… lines of each.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"
use_stack

lines=${TAIL:-100}
follow=(--follow)
[[ ${FOLLOW:-yes} != no ]] || follow=()

# PostgreSQL logs to files, one per day of the week, once it has started; startup errors go to standard error. Both are read
# without it, because it may be down.
database_logs() {
  local newest
  compose logs --tail "$lines" database
  newest=$(find logs/database -name '*.log' -printf '%T@ %p\n' 2>/dev/null | sort -n | tail -n 1 | cut -d' ' -f2-)
  [[ -n $newest ]] || die "there is no log in logs/database/"
  echo "==> $newest <=="
  exec tail -n "$lines" "${follow[@]}" "$newest"
}

[[ $* != database ]] || database_logs
exec docker compose "${compose_options[@]}" logs --tail "$lines" "${follow[@]}" "$@"
