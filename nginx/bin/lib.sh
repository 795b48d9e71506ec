# shellcheck shell=bash
# What the edge's scripts share. Source it; it changes nothing by itself.
# shellcheck disable=SC2034

runtime=/tmp/edge
configuration=/etc/nginx/edge
tls_folder=$runtime/tls
certificates=/certificates
log_folder=/var/log/nginx
# Touched by the watcher at each round; its age tells whether it lives.
heartbeat=$runtime/heartbeat

# log PART TEXT…: one JSON object a line, like the access log.
log() {
  local part=$1 text
  shift
  text=${*//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/ }
  text=${text//$'\t'/ }
  printf '{"time":"%(%Y-%m-%dT%H:%M:%S%z)T","part":"%s","message":"%s"}\n' -1 "$part" "$text" >&2
}

is_production() { [[ $EDGE_MODE == production ]]; }

workers() {
  local cores
  cores=$(nproc)
  echo "${EDGE_WORKERS:-$((cores < 4 ? cores : 4))}"
}

# edge_nginx ARGS…: nginx with the settings that have no place in a file.
edge_nginx() {
  nginx -e stderr -g "worker_processes $(workers); daemon off;" "$@"
}

check_configuration() { edge_nginx -q -t; }

signal_nginx() {
  local pid
  pid=$(<"$runtime/nginx.pid") 2>/dev/null || return 1
  kill -s "$1" "$pid" 2>/dev/null
}

# write_if_changed FILE: standard input becomes FILE, whole or not at all; fails when it was so already.
write_if_changed() {
  local file=$1
  cat >"$file.new"
  if cmp -s "$file.new" "$file"; then
    rm -f "$file.new"
    return 1
  fi
  mv -f "$file.new" "$file"
}
