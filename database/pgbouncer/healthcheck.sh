#!/usr/bin/env bash
# Asks pgbouncer whether it supports TLS, which it answers with one letter to anybody: so it is listening and responsive. The
# server's own health check covers the database.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/6432
printf '\x00\x00\x00\x08\x04\xd2\x16\x2f' >&3
IFS= read -r -t 3 -N 1 answer <&3
[[ $answer == [NS] ]]
