# shellcheck shell=bash
# The two logins of the database. Both work as the role "todo", which owns everything; the servers use one of them, so that the
# password of the other can be renewed while they run. Source it after lib.sh and containers.sh, and after use_stack.
# A login is named by what follows "todo": nothing, or "_alternate". So are its secret and the setting DATABASE_LOGIN.

# as_superuser: runs the SQL on standard input, and leaves it out of the logs and statistics, for it has a password in it.
as_superuser() {
  {
    echo "SET pg_stat_statements.track_utility = off; SET log_min_duration_statement = -1; SET log_min_error_statement = panic;"
    cat
  } | compose exec -T database psql --quiet --no-psqlrc --username=postgres --dbname=todo --set ON_ERROR_STOP=1
}

# An installation of an older version has the first alone.
make_second_login() {
  as_superuser <<'SQL'
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'todo_alternate') AS missing \gset
\if :missing
CREATE ROLE todo_alternate LOGIN IN ROLE todo;
ALTER ROLE todo_alternate SET role = 'todo';
\endif
SQL
}

# apply_password LOGIN: sets the password from its secret in PostgreSQL and pgbouncer. Open connections stay.
apply_password() {
  as_superuser <<SQL
\\set password \`cat /run/secrets/database_password$1\`
ALTER ROLE todo$1 PASSWORD :'password';
SQL
  compose exec -T pgbouncer /usr/local/lib/pgbouncer/write-users.sh </dev/null
  compose kill --signal HUP pgbouncer >/dev/null 2>&1
}
