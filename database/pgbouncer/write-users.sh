#!/usr/bin/env bash
# Writes who may come in: the two logins of the server (scripts/rotate.sh takes them in turn), with their passwords of now. With the
# password itself pgbouncer can check clients by SCRAM and sign in to PostgreSQL by SCRAM. A SIGHUP makes it read them.
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
