#!/usr/bin/env bash
# backup.sh create|list|verify|fetch …: runs the command in the backup container, or in a temporary one if that is not running.
# AGE_IDENTITY is a file on this machine; it is piped and stays here.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"
use_stack

identity=/dev/null options=()
if [[ -n ${AGE_IDENTITY:-} ]]; then
  [[ -r $AGE_IDENTITY ]] || die "AGE_IDENTITY: the file $AGE_IDENTITY cannot be read"
  identity=$AGE_IDENTITY options=(--env AGE_IDENTITY=stdin)
fi

if [[ -n $(compose ps --quiet --status running backup) ]]; then
  compose exec --no-TTY "${options[@]}" backup backup "$@" <"$identity"
else
  compose run --rm --no-TTY "${options[@]}" backup "$@" <"$identity"
fi
