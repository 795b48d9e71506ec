#!/usr/bin/env bash
# Writes what depends on the environment into memory (/run/pgbouncer is a tmpfs) and becomes pgbouncer.
set -euo pipefail
umask 077

"${BASH_SOURCE[0]%/*}/write-users.sh"

# PostgreSQL ends a statement that nobody waits for any more. The server asks for that when it connects, but pgbouncer cannot
# keep a setting of a client that PostgreSQL does not report; so each connection to PostgreSQL is told when it is made.
statement_timeout=$((${REQUEST_TIMEOUT_SECONDS:-30} + 5))
cat >/run/pgbouncer/databases.ini <<INI
[databases]
todo = host=${DATABASE_HOST:-database} port=5432 dbname=todo connect_query='SET statement_timeout = ${statement_timeout}000'
INI

exec pgbouncer /etc/pgbouncer/pgbouncer.ini
