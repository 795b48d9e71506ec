#!/usr/bin/env bash
# scale.sh COUNT: sets the number of back-end replicas, now and for later starts.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
# shellcheck source=scripts/release.sh
. "$(dirname "$0")/release.sh"
# shellcheck source=scripts/rolling.sh
. "$(dirname "$0")/rolling.sh"
# shellcheck source=scripts/replace.sh
. "$(dirname "$0")/replace.sh"
cd "$repo"
export STACK=prod
use_stack
with_release_lock

# remember_replicas COUNT: where the operator would write it.
remember_replicas() {
  if grep -q '^BACKEND_REPLICAS=' .env.production; then
    sed -i "s/^BACKEND_REPLICAS=.*/BACKEND_REPLICAS=$1/" .env.production
  else
    echo "BACKEND_REPLICAS=$1" >>.env.production
  fi
}

count=${1:-}
[[ $count =~ ^[1-9][0-9]?$ ]] || die "how many replicas? make scale BACKEND=4 (1 to 99)"
[[ -n $(containers backend) ]] || die "the stack does not run: run make prod-up"
connections=$(((count + 1) * $(database_connections)))
((connections <= 2000)) || say "$((count + 1)) processes may open $connections connections to pgbouncer (DATABASE_MAX_CONNECTIONS)"
roll backend "$count" || die "not all of the $count replicas came up; those that did serve"
remember_replicas "$count"
say "$count replicas of the back end serve"
