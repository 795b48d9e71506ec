#!/usr/bin/env bash
# Healthy: nginx' master lives, a worker answers, and the watcher's last round is less than 30 seconds ago.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

signal_nginx 0 || { echo "nginx' master process is gone" && exit 1; }
curl --fail --silent --show-error --max-time 3 --output /dev/null http://127.0.0.1:8081/healthz
age=$(($(date +%s) - $(stat -c %Y "$heartbeat")))
[[ $age -lt 30 ]] || { echo "the watcher has said nothing for $age seconds" && exit 1; }
