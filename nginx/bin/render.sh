#!/usr/bin/env bash
# Writes the configuration that depends on the environment into /tmp/edge/conf.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

trusted_proxies=${EDGE_TRUSTED_PROXIES:-}
problems=()
number() {
  [[ ${!1} =~ ^[1-9][0-9]*$ ]] || problems+=("$1 is '${!1}', not a whole number above 0")
}

# Without a folder for files the log is on standard output alone.
render_logs() {
  echo 'access_log /dev/stdout edge;'
  if [[ -w $log_folder ]]; then
    echo "access_log $log_folder/access.log edge;"
    echo 'error_log stderr warn;'
    echo "error_log $log_folder/error.log warn;"
  else
    log render "$log_folder cannot be written: no log files, only standard output"
  fi
}

# Proxies before this one, whose X-Forwarded-For is believed.
render_trusted_proxies() {
  local network
  [[ -n $trusted_proxies ]] || return 0
  for network in ${trusted_proxies//,/ }; do echo "set_real_ip_from $network;"; done
  echo 'real_ip_header X-Forwarded-For;'
  echo 'real_ip_recursive on;'
}

# Newer versions can keep idle connections open while a worker ends, so that no request meets a closing one.
render_version_dependent() {
  local version
  version=$(nginx -v 2>&1)
  version=${version##*/}
  version=${version%% *}
  if [[ $(printf '%s\n' 1.27.4 "$version" | sort -V | head -1) == 1.27.4 ]]; then echo 'keepalive_min_timeout 5s;'; fi
}

export MAX_BODY_BYTES="${MAX_BODY_BYTES:-1048576}"
export EDGE_REQUESTS_PER_SECOND="${EDGE_REQUESTS_PER_SECOND:-50}" EDGE_REQUEST_BURST="${EDGE_REQUEST_BURST:-200}"
export EDGE_SIGN_INS_PER_SECOND="${EDGE_SIGN_INS_PER_SECOND:-5}" EDGE_SIGN_IN_BURST="${EDGE_SIGN_IN_BURST:-40}"
export EDGE_CONNECTIONS="${EDGE_CONNECTIONS:-200}"
export HSTS="${HSTS-max-age=63072000}"
for name in MAX_BODY_BYTES EDGE_REQUESTS_PER_SECOND EDGE_REQUEST_BURST EDGE_SIGN_INS_PER_SECOND EDGE_SIGN_IN_BURST \
  EDGE_CONNECTIONS ${EDGE_WORKERS:+EDGE_WORKERS} ${EDGE_LOG_BYTES:+EDGE_LOG_BYTES} ${EDGE_LOG_FILES:+EDGE_LOG_FILES}; do
  number "$name"
done
[[ $DOMAIN =~ ^[A-Za-z0-9.-]+$ ]] || problems+=("DOMAIN is '$DOMAIN', not a host name")
[[ $HSTS =~ ^[A-Za-z0-9=\;\ -]*$ ]] || problems+=("HSTS is '$HSTS', not a Strict-Transport-Security header")
for network in ${trusted_proxies//,/ }; do
  [[ $network =~ ^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$ ]] || problems+=("EDGE_TRUSTED_PROXIES has '$network', not an address or network")
done
if [[ ${#problems[@]} -gt 0 ]]; then
  for problem in "${problems[@]}"; do log render "$problem"; done
  exit 1
fi
export HTTPS_PORT_SUFFIX=''
[[ ${HTTPS_PORT:-443} == 443 ]] || HTTPS_PORT_SUFFIX=":$HTTPS_PORT"

mkdir -p "$runtime"/{conf,upstream,tls}
render_logs >"$runtime/conf/logs.conf"
# shellcheck disable=SC2016
variables='$DOMAIN $HTTPS_PORT_SUFFIX $HSTS $MAX_BODY_BYTES $EDGE_REQUESTS_PER_SECOND $EDGE_REQUEST_BURST
  $EDGE_SIGN_INS_PER_SECOND $EDGE_SIGN_IN_BURST $EDGE_CONNECTIONS'
{
  envsubst "$variables" <"$configuration/limits.conf.template"
  render_trusted_proxies
  render_version_dependent
} >"$runtime/conf/limits.conf"
envsubst "$variables" <"$configuration/server.$EDGE_MODE.conf.template" >"$runtime/conf/server.conf"
