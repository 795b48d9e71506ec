#!/usr/bin/env bash
# Starts the built server with its own PostgreSQL under data/. Arguments go to `todo serve`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

export PORT="${PORT:-8000}" STATIC_DIR="${STATIC_DIR:-$repo/frontend/dist}"

if [[ -z ${DATABASE_URL:-} ]]; then
  scripts/ensure.sh postgresql
  # PostgreSQL refuses to run as root, so it runs as another user, who may not have access to root's home.
  if [[ -z ${DATA_DIR:-} && $EUID -eq 0 ]] && ! (exec_as "$(service_user)" test -x "$repo"); then
    DATA_DIR=/var/lib/todo-list-plus
    say "PostgreSQL's user cannot enter $repo: the data are kept in $DATA_DIR (set DATA_DIR to change it)"
  fi
  export DATA_DIR="${DATA_DIR:-data}"
fi

exec "$target_dir/${BUILD:-quick}/todo" serve "$@"
