#!/usr/bin/env bash
# container-shell.sh SERVICE: a shell in a container that runs.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"
use_stack

service=${1:-}
[[ -n $service ]] || if [[ $STACK == dev ]]; then service=backend; else service=nginx; fi
if [[ $STACK == prod && $service =~ ^(backend|worker|migrate)$ ]]; then
  die "the image of $service has no shell, on purpose. 'scripts/compose.sh exec $service todo --help' lists what it can do"
fi
terminal=()
[[ -t 0 ]] || terminal=(--no-TTY)
exec docker compose "${compose_options[@]}" exec "${terminal[@]}" "$service" bash
