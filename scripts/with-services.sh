#!/usr/bin/env bash
# with-services.sh CMD…: runs CMD with a PostgreSQL and a Redis of its own, which exist only meanwhile.
# CMD finds them in DATABASE_URL (an empty database; the role may create others) and REDIS_URL.
# SERVICES_SETTINGS=stack: with the settings that the stack in containers ships, and what is committed is on the disk; processes share the
# processors as they do in containers. CMD then also finds ADMIN_DATABASE_URL (the superuser) and POSTGRES_BIN.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[[ $# -gt 0 ]] || die "usage: with-services.sh CMD…"

settings=${SERVICES_SETTINGS:-throw-away}
case $settings in
  throw-away) "$repo/scripts/ensure.sh" postgresql redis smtp ;;
  stack) "$repo/scripts/ensure.sh" postgresql redis ;;
  *) die "SERVICES_SETTINGS is '$settings': it can be 'stack', or empty" ;;
esac
bin=$(find_postgres)
user=$(id -un)
[[ $EUID -ne 0 ]] || user=$(service_user) || die "PostgreSQL cannot run as root, and there is no user 'postgres'"

dir=$(mktemp -d "${TMPDIR:-/tmp}/todo-services.XXXXXX")
chmod 711 "$dir"
postgres_pid='' redis_pid='' autogroup_was=''

clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  [[ -z $postgres_pid ]] || kill -QUIT "$postgres_pid" 2>/dev/null || true
  [[ -z $redis_pid ]] || kill -TERM "$redis_pid" 2>/dev/null || true
  [[ -z $autogroup_was ]] || echo "$autogroup_was" >"$autogroup"
  wait
  rm -rf "$dir"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Where the system can do it, the services end with this script even when it is killed.
exec_leashed() {
  local signal=$1 as=$2
  shift 2
  if setpriv --help 2>/dev/null | grep -q -- --pdeathsig; then set -- setpriv --pdeathsig="$signal" -- "$@"; fi
  exec_as "$as" "$@"
}

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

start_postgres() {
  local data="$dir/postgres" log="$dir/postgres.log"
  install -d -m 700 "$data"
  (umask 077 && echo "$password" >"$dir/password")
  : >"$log"
  [[ $EUID -ne 0 ]] || chown "$user" "$data" "$dir/password" "$log"
  local initdb_args args=() setting
  "postgres_$settings"
  (cd / && exec_as "$user" "$bin/initdb" --pgdata "$data" --username postgres --pwfile "$dir/password" \
    --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-instructions "${initdb_args[@]}" >"$log" 2>&1) ||
    die "initdb failed: $(cat "$log")"
  for _ in {1..5}; do
    postgres_port=$(free_port)
    (cd / && exec_leashed QUIT "$user" "$bin/postgres" -D "$data" \
      -c listen_addresses=127.0.0.1 -c "port=$postgres_port" "${args[@]}" >>"$log" 2>&1) &
    postgres_pid=$!
    wait_for "$postgres_pid" psql_admin -c 'SELECT 1' && return
  done
  die "PostgreSQL does not start: $(tail -5 "$log")"
}

# Nothing here must outlive a power cut, so nothing waits for the disk.
postgres_throw-away() {
  initdb_args=(--no-sync)
  for setting in fsync=off synchronous_commit=off full_page_writes=off wal_level=minimal max_wal_senders=0 \
    max_connections=300 shared_buffers=128MB random_page_cost=1.1 jit=off timezone=UTC unix_socket_directories=; do
    args+=(-c "$setting")
  done
}

# The stack's own configuration, except for paths.
postgres_stack() {
  initdb_args=(--data-checksums)
  install -d -m 700 "$dir/postgres-log"
  install -m 644 "$repo/database/postgresql.conf" "$dir/postgresql.conf"
  [[ $EUID -ne 0 ]] || chown "$user" "$dir/postgres-log"
  for setting in config_file="$dir/postgresql.conf" hba_file="$data/pg_hba.conf" unix_socket_directories= \
    log_directory="$dir/postgres-log"; do
    args+=(-c "$setting")
  done
}

psql_admin() {
  PGPASSWORD=$password "$bin/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --host 127.0.0.1 --port "$postgres_port" --username postgres "$@" >/dev/null
}

start_redis() {
  install -d -m 700 "$dir/redis"
  for _ in {1..5}; do
    redis_port=$(free_port)
    (umask 077 && { "redis_$settings" && printf '%s\n' 'bind 127.0.0.1' "port $redis_port" "requirepass $password" \
      "dir $dir/redis" 'daemonize no'; } >"$dir/redis.conf")
    (exec_leashed TERM "$(id -un)" redis-server "$dir/redis.conf" >"$dir/redis.log" 2>&1) &
    redis_pid=$!
    wait_for "$redis_pid" redis_answers && return
  done
  die "Redis does not start: $(tail -5 "$dir/redis.log")"
}

redis_throw-away() { printf '%s\n' 'save ""' 'appendonly no'; }
redis_stack() { grep -vE '^(include|bind|port|dir) ' "$repo/redis/redis.conf"; }

redis_answers() {
  local answer
  exec 3<>"/dev/tcp/127.0.0.1/$redis_port" || return 1
  printf 'AUTH %s\r\n' "$password" >&3
  read -r -t 2 answer <&3 || true
  exec 3>&-
  [[ ${answer:-} == +OK* ]]
}

# wait_for PID CMD…: until CMD succeeds; fails when the process ends before.
wait_for() {
  local pid=$1
  shift
  for _ in {1..300}; do
    "$@" 2>/dev/null && return 0
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
  kill -QUIT "$pid" 2>/dev/null || true
  return 1
}

# Outside containers Linux first divides the processors between sessions, and each PostgreSQL process is its own session: one that
# wakes up for a short read then waits up to 90 ms while another works (docs/performance.md). sched(7), "The autogroup feature".
autogroup=/proc/sys/kernel/sched_autogroup_enabled
share_processors_as_in_containers() {
  [[ $(cat "$autogroup" 2>/dev/null) == 1 ]] || return 0
  if { echo 0 >"$autogroup"; } 2>/dev/null; then
    autogroup_was=1
  else
    echo "The slowest answers will look slower than they are in containers: sysctl kernel.sched_autogroup_enabled=0 mends it." >&2
  fi
}

[[ $settings != stack ]] || share_processors_as_in_containers
start_postgres
start_redis
# Not a superuser: anything that needs one must fail here as it does in production.
psql_admin -c "CREATE ROLE todo LOGIN CREATEDB PASSWORD '$password'" -c 'CREATE DATABASE todo OWNER todo' \
  -c 'ALTER DATABASE template1 OWNER TO todo'

export DATABASE_URL="postgres://todo:$password@127.0.0.1:$postgres_port/todo"
export TEST_DATABASE_URL="$DATABASE_URL"
export REDIS_URL="redis://default:$password@127.0.0.1:$redis_port"
if [[ $settings == stack ]]; then
  export ADMIN_DATABASE_URL="postgres://postgres:$password@127.0.0.1:$postgres_port/postgres"
  export POSTGRES_BIN="$bin"
fi
"$@"
