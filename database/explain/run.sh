#!/usr/bin/env bash
# run.sh [SMALL LARGE]: fills two databases of a throw-away PostgreSQL with 10 thousand and 1 million tasks (or as many as
# are said) and shows side by side what the server's statements cost in each. Some minutes and 4 GB.
# Run it through scripts/with-services.sh.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
[[ -n ${DATABASE_URL:-} ]] || die "usage: scripts/with-services.sh database/explain/run.sh [SMALL LARGE]"
small=${1:-10000} large=${2:-1000000}
here="$repo/database/explain"
psql="$(find_postgres)/psql"
results=$(mktemp -d "${TMPDIR:-/tmp}/todo-explain.XXXXXX")
trap 'rm -rf "$results"' EXIT

# in_database NAME ARGUMENT…
in_database() {
  local name=$1
  shift
  "$psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 "${DATABASE_URL%/*}/$name" "$@"
}

for tasks in "$small" "$large"; do
  say "$tasks tasks"
  in_database todo --command "CREATE DATABASE explain_$tasks"
  for migration in "$repo"/database/migrations/*.sql; do
    # As sqlx reads it: what makes an index beside running writes must stand alone.
    transaction=(--single-transaction)
    [[ $(head -n 1 "$migration") != '-- no-transaction'* ]] || transaction=()
    in_database "explain_$tasks" "${transaction[@]}" --file "$migration"
  done
  in_database "explain_$tasks" --set tasks="$tasks" --file "$here/fill.sql"
  in_database "explain_$tasks" --set repository="$repo" --set results="$results/$tasks.csv" --file "$here/queries.sql"
done

say "buffers (8 kB pages looked at) of each statement at both sizes; generic: with a plan that does not know the values"
columns='(place int, part text, name text, custom int, generic int, ms numeric, remarks text, indexes text)'
in_database todo --pset format="${FORMAT:-aligned}" --pset footer=off <<SQL
CREATE TEMP TABLE small $columns;
CREATE TEMP TABLE large $columns;
\copy small FROM '$results/$small.csv' CSV HEADER
\copy large FROM '$results/$large.csv' CSV HEADER
SELECT a.part, a.name AS statement, a.custom AS "$small", b.custom AS "$large", round(b.custom::numeric / greatest(a.custom, 1), 2) AS ratio,
       a.generic AS "$small generic", b.generic AS "$large generic", a.ms AS "$small ms", b.ms AS "$large ms", b.remarks
FROM small a JOIN large b USING (place) ORDER BY place;
SELECT a.part, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY b.custom::numeric / greatest(a.custom, 1))::numeric, 2) AS "median ratio, buffers",
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY b.ms / a.ms)::numeric, 2) AS "median ratio, time"
FROM small a JOIN large b USING (place) GROUP BY a.part ORDER BY min(place);
SELECT index, count(*) AS statements, array_to_string((array_agg(name ORDER BY place))[1:3], '; ') AS "the first of them"
FROM large, string_to_table(indexes, ' ') AS index GROUP BY index ORDER BY index;
SQL
in_database "explain_$large" --file "$here/writes.sql"
