#!/usr/bin/env bash
# with-server.sh CMD…: runs CMD with a temporary server: the debug binary (or that of SERVER_BUILD), the built SPA if there is
# one, an empty data folder, and a mail server that keeps received mail. CMD finds it at E2E_BASE_URL.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[[ $# -gt 0 ]] || die "usage: with-server.sh CMD…"

dir=$(mktemp -d "${TMPDIR:-/tmp}/todo-server.XXXXXX")
chmod 711 "$dir"
pid=
smtp_pid=

clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  if [[ -n $pid ]]; then
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || true
  fi
  [[ -z $smtp_pid ]] || kill -TERM "$smtp_pid" 2>/dev/null || true
  if [[ $status -ne 0 ]]; then
    mkdir -p "$repo/frontend/test-results"
    cp "$dir/server.log" "$repo/frontend/test-results/" 2>/dev/null &&
      say "the server's log is in frontend/test-results/server.log"
  fi
  rm -rf "$dir"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# SERVER_SETTINGS="NAME=value …": more of its settings.
read -ra settings <<<"${SERVER_SETTINGS:-}"
port=$(free_port)
export E2E_BASE_URL="http://localhost:$port"
# For what only the command line can do: administrators.
program="$target_dir/${SERVER_BUILD:-debug}/todo"
export E2E_TODO="$program" E2E_DATA_DIR="$dir/data"

# An SMTP server that keeps received mail, so that tests can follow the links.
"$repo/scripts/ensure.sh" smtp
smtp_port=$(free_port)
export E2E_MAIL_LOG="$dir/mail.log"
: >"$E2E_MAIL_LOG"
node "$repo/backend/tests/smtp/server.mjs" "$E2E_MAIL_LOG" "$smtp_port" >/dev/null &
smtp_pid=$!

# Receivers of webhooks are servers of the journeys, on this machine and without TLS.
export E2E_WEBHOOKS=1
# All requests come from one address and create many accounts, which the limits would stop.
env -u DATABASE_URL -u REDIS_URL DATA_DIR="$dir/data" PORT="$port" STATIC_DIR="$repo/frontend/dist" \
  PUBLIC_URL="$E2E_BASE_URL" SMTP_URL="smtp://127.0.0.1:$smtp_port" \
  RATE_LIMIT_LOGIN_PER_ACCOUNT=off RATE_LIMIT_LOGIN_PER_ADDRESS=off RATE_LIMIT_REGISTER_PER_ADDRESS=off \
  RATE_LIMIT_REFRESH_PER_ADDRESS=off RATE_LIMIT_REFRESH_PER_SESSION=off RATE_LIMIT_REQUESTS_PER_USER=off RATE_LIMIT_RESET_PER_ADDRESS=off "${settings[@]}" \
  WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8 WEBHOOK_ALLOW_HTTP=true \
  "$program" serve >"$dir/server.log" 2>&1 &
pid=$!

ready() { node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$1"; }
for _ in {1..120}; do
  ready "$E2E_BASE_URL/health/ready" && break
  kill -0 "$pid" 2>/dev/null || die "the server ended: $(tail -20 "$dir/server.log")"
  sleep 0.5
done
ready "$E2E_BASE_URL/health/ready" || die "the server is not ready: $(tail -20 "$dir/server.log")"

"$@"
