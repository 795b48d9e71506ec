#!/usr/bin/env bash
# Writes what depends on the environment into memory (/run/pgbouncer is a tmpfs) and becomes pgbouncer.
set -euo pipefail
umask 077

password_file=${DATABASE_PASSWORD_FILE:-/run/secrets/database_password}
password=$(<"$password_file")
[[ -n $password ]] || { echo "error: $password_file is empty" >&2; exit 1; }

# With the password itself pgbouncer can check clients by SCRAM and sign in to PostgreSQL by SCRAM.
printf '"todo" "%s"\n' "${password//\"/\"\"}" >/run/pgbouncer/userlist.txt

# PostgreSQL ends a statement that nobody waits for any more. The server asks for that when it connects, but pgbouncer cannot
# keep a setting of a client that PostgreSQL does not report; so each connection to PostgreSQL is told when it is made.
statement_timeout=$((${REQUEST_TIMEOUT_SECONDS:-30} + 5))
cat >/run/pgbouncer/databases.ini <<INI
[databases]
todo = host=${DATABASE_HOST:-database} port=5432 dbname=todo connect_query='SET statement_timeout = ${statement_timeout}000'
INI

exec pgbouncer /etc/pgbouncer/pgbouncer.ini
