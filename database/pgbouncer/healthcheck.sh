#!/usr/bin/env bash
# Asks pgbouncer whether it speaks TLS, which it answers with one letter to anybody: so it listens, and its loop turns.
# Whether the database is there is asked by the server's own health check.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/6432
printf '\x00\x00\x00\x08\x04\xd2\x16\x2f' >&3
IFS= read -r -t 3 -N 1 answer <&3
[[ $answer == [NS] ]]
