#!/usr/bin/env bash
# Writes the allowed users: the server's two logins (scripts/rotate.sh alternates between them) with their current passwords. With
# the plain password pgbouncer can use SCRAM both for clients and for PostgreSQL. A SIGHUP reloads them.
set -euo pipefail
umask 077

file=${DATABASE_PASSWORD_FILE:-/run/secrets/database_password}
users=/run/pgbouncer/userlist.txt
# line USER FILE
line() {
  local password
  [[ -s $2 ]] || return 0
  password=$(<"$2")
  printf '"%s" "%s"\n' "$1" "${password//\"/\"\"}"
}
[[ -s $file ]] || { echo "error: $file is empty" >&2; exit 1; }
{
  line todo "$file"
  line todo_alternate "${file}_alternate"
} >"$users.new"
mv "$users.new" "$users"
