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

# PostgreSQL writes into files: a file for each day of the week, of which the newest is followed.
if [[ $* == database ]]; then
  # shellcheck disable=SC2016 # expanded in the container
  exec docker compose "${compose_options[@]}" exec --no-TTY database bash -c \
    'file=$(ls -t /var/log/postgresql/*.log | head -n 1); exec tail -n "$0" "$@" "$file"' "$lines" "${follow[@]}"
fi
exec docker compose "${compose_options[@]}" logs --tail "$lines" "${follow[@]}" "$@"
