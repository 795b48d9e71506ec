#!/usr/bin/env bash
# Builds and starts the development stack, waits until it is healthy, and prints its URL.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"
# Both would write into the same backups/, data/ and logs/.
[[ ! -f .env.production ]] || die "this folder is a production installation (.env.production): develop in another clone"
STACK=dev
use_stack

say "building the images"
compose build --quiet
say "building the server (the first time this compiles its dependencies: some minutes)"
compose run --rm --no-TTY migrate
say "starting"
compose up --detach --remove-orphans --wait

cat <<TEXT

Todo List Plus is ready on http://localhost:$(setting HTTP_PORT)
  mail        http://localhost:$(setting MAIL_PORT) shows every mail that is sent
  API         http://localhost:$(setting BACKEND_PORT)/api/docs
  PostgreSQL  make psql    (127.0.0.1:$(setting DATABASE_PORT), through pgbouncer 127.0.0.1:$(setting PGBOUNCER_PORT))
  Redis       make redis-cli    (127.0.0.1:$(setting REDIS_PORT))

Edit frontend/src and the browser shows it; edit backend/src and the server is built and restarted (make logs S=backend).
Sample data: make seed. Stop: make dev-down.
TEXT
