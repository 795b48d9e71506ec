#!/usr/bin/env bash
# The container's first process: runs nginx and the watcher, starts the watcher again when it dies, and ends with nginx.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

export EDGE_MODE="${EDGE_MODE:-production}" DOMAIN="${DOMAIN:-localhost}"
case $EDGE_MODE in
  development | production) ;;
  *) log entrypoint "EDGE_MODE is '$EDGE_MODE', neither development nor production" && exit 1 ;;
esac
# Seconds that running requests have when the container stops; WebSockets are cut then.
readonly stop_seconds=${EDGE_STOP_SECONDS:-5}

bin=${BASH_SOURCE[0]%/*}
# As many open connections as the container may have.
ulimit -n "$(ulimit -Hn)"
rm -rf "${runtime:?}"
"$bin/render.sh"
"$bin/watcher.sh" --once
check_configuration
nginx_pid='' watcher_pid=''

start_watcher() {
  "$bin/watcher.sh" &
  watcher_pid=$!
}

stop() {
  trap '' TERM INT QUIT
  log entrypoint "stopping: requests have $stop_seconds seconds to end"
  kill "$watcher_pid" 2>/dev/null || true
  kill -QUIT "$nginx_pid" 2>/dev/null || true
  for ((waited = 0; waited < stop_seconds * 10; waited++)); do
    kill -0 "$nginx_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -TERM "$nginx_pid" 2>/dev/null || true
  wait "$nginx_pid" || true
  exit 0
}
trap stop TERM INT QUIT

# Not by edge_nginx: the signals must reach nginx itself.
nginx -e stderr -g "worker_processes $(workers); daemon off;" &
nginx_pid=$!
start_watcher
log entrypoint "started in $EDGE_MODE mode with $(nginx -v 2>&1)"

# Checked every second: `wait -n` would miss processes that end while the watcher is restarting, and nginx workers keep serving
# without their master, with a configuration that can no longer be changed.
while sleep 1 & wait $!; do
  if ! kill -0 "$nginx_pid" 2>/dev/null; then
    status=0
    wait "$nginx_pid" || status=$?
    log entrypoint "nginx ended with status $status"
    kill "$watcher_pid" 2>/dev/null || true
    exit 1
  fi
  if ! kill -0 "$watcher_pid" 2>/dev/null; then
    status=0
    wait "$watcher_pid" || status=$?
    log entrypoint "the watcher ended with status $status; starting it again"
    start_watcher
  fi
done
