#!/bin/sh
# Runs in a Redis container while its service is stopped: replaces its data by the dump on standard input, or by nothing.
set -eu
umask 077
cd /data
rm -rf ./* ./.[!.]*
cat >dump.rdb
if [ ! -s dump.rdb ]; then
  rm dump.rdb
  exit 0
fi

# Redis prefers a log to a dump, so the dump is converted into a log.
socket=/run/redis/load.sock
redis-server --dir /data --appendonly no --save '' --port 0 --unixsocket "$socket" >/run/redis/load.log 2>&1 &
server=$!
ask() { redis-cli -s "$socket" "$@" 2>/dev/null; }
until [ "$(ask ping)" = PONG ]; do
  kill -0 "$server" 2>/dev/null || {
    tail -n 3 /run/redis/load.log >&2
    rm -f dump.rdb
    exit 1
  }
  sleep 0.1
done
ask config set appendonly yes >/dev/null
until ask info persistence | tr -d '\r' | grep -qx 'aof_rewrite_in_progress:0' &&
  ask info persistence | tr -d '\r' | grep -qx 'aof_rewrite_scheduled:0'; do sleep 0.1; done
ask info persistence | tr -d '\r' | grep -qx 'aof_last_bgrewrite_status:ok'
echo "Redis has $(ask dbsize) keys"
ask shutdown nosave >/dev/null || true
wait "$server"
