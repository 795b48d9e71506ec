#!/usr/bin/env bash
# Writes the environment-dependent settings into memory (/run/pgbouncer is a tmpfs) and becomes pgbouncer.
set -euo pipefail
umask 077

"${BASH_SOURCE[0]%/*}/write-users.sh"

# PostgreSQL cancels abandoned statements. The server requests that when it connects, but pgbouncer cannot keep client settings
# that PostgreSQL does not report; so it is set on each connection to PostgreSQL.
statement_timeout=$((${REQUEST_TIMEOUT_SECONDS:-30} + 5))
cat >/run/pgbouncer/databases.ini <<INI
[databases]
todo = host=${DATABASE_HOST:-database} port=5432 dbname=todo connect_query='SET statement_timeout = ${statement_timeout}000'
INI

exec pgbouncer /etc/pgbouncer/pgbouncer.ini
