#!/usr/bin/env bash
# In the development containers: development.sh serve|worker|migrate
#   serve    builds and runs the server, and both again whenever the source changes
#   worker   runs the worker, anew whenever serve has built
#   migrate  builds, and brings the schema up to date
set -euo pipefail
cd "$(dirname "$0")/.."

program=/target/development/todo
child=''

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

# One at a time, since all containers build into the same folder. The program is put in its place only when it is whole.
build() (
  flock 9
  cargo build --bin todo && mkdir -p "${program%/*}" && cp "$CARGO_TARGET_DIR/debug/todo" "$program.new" || exit 1
  if cmp --silent "$program.new" "$program"; then rm "$program.new"; else mv "$program.new" "$program"; fi
) 9>"$CARGO_TARGET_DIR/development.lock"

# Names, times and sizes. Looked at once a second rather than watched: that works on every kind of mount.
source_state() {
  find Cargo.toml Cargo.lock backend/Cargo.toml backend/src backend/.sqlx database/migrations database/seeds \
    -printf '%p %T@ %s\n' 2>/dev/null | sort | cksum
}
program_state() { stat --format='%i %Y' "$program" 2>/dev/null || true; }

start() {
  "$program" "$@" &
  child=$!
}
stop() {
  [[ -z $child ]] || kill -TERM "$child" 2>/dev/null || true
  [[ -z $child ]] || wait "$child" || true
  child=''
}
trap 'stop; exit 0' TERM INT

run_server() {
  local seen now
  while true; do
    seen=$(source_state)
    if build && "$program" migrate; then
      stop
      start serve
    else
      say "The program of before goes on."
    fi
    now=$seen
    while [[ $now == "$seen" ]]; do
      sleep 1 &
      wait $!
      now=$(source_state)
    done
    say "The source has changed."
  done
}

run_worker() {
  local seen
  until [[ -x $program ]]; do sleep 1; done
  while true; do
    seen=$(program_state)
    start worker
    while [[ $(program_state) == "$seen" ]] && kill -0 "$child" 2>/dev/null; do
      sleep 1 &
      wait $!
    done
    stop
  done
}

case ${1:-} in
  serve) run_server ;;
  worker) run_worker ;;
  migrate) build && exec "$program" migrate ;;
  *) echo "usage: development.sh serve|worker|migrate" >&2 && exit 2 ;;
esac
