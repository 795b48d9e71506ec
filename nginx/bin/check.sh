#!/usr/bin/env bash
# Checks whether the edge would start with these settings, and lists all errors. Runs in a separate container: it does not touch
# certificates or logs.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

export EDGE_MODE="${EDGE_MODE:-production}" DOMAIN="${DOMAIN:-localhost}"
"${BASH_SOURCE[0]%/*}/render.sh" 2>&1
# Normally determined by the watcher.
for service in backend frontend; do echo 'server 127.0.0.1:9;' >"$runtime/upstream/$service.conf"; done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=check \
  -keyout "$tls_folder/privkey.pem" -out "$tls_folder/fullchain.pem" 2>/dev/null
check_configuration 2>&1
