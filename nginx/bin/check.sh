#!/usr/bin/env bash
# Would the edge start with these settings? Names everything that is wrong with them. For a container of its own: it leaves
# the certificates and the logs alone.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

export EDGE_MODE="${EDGE_MODE:-production}" DOMAIN="${DOMAIN:-localhost}"
"${BASH_SOURCE[0]%/*}/render.sh" 2>&1
# What the watcher finds out by asking around.
for service in backend frontend; do echo 'server 127.0.0.1:9;' >"$runtime/upstream/$service.conf"; done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=check \
  -keyout "$tls_folder/privkey.pem" -out "$tls_folder/fullchain.pem" 2>/dev/null
check_configuration 2>&1
