# shellcheck shell=bash
# Compares a database with what a manifest says of it. Source it after common.sh.
# shellcheck disable=SC2154 # lib and bad_set come from there

# contents_of DATABASE: as JSON.
contents_of() { sql --dbname "$1" --file "$lib/fingerprint.sql" | jq -s -f "$lib/contents.jq"; }

# compare_contents DATABASE MANIFEST WHAT: fails with a bad backup if they differ.
compare_contents() {
  local actual expected differences
  actual=$(contents_of "$1")
  expected=$(jq .database.contents "$2")
  differences=$(jq -nr --argjson expected "$expected" --argjson actual "$actual" -f "$lib/differences.jq" | paste -sd ';' -)
  [[ -z $differences ]] || fail "$bad_set" "$3 differs: $differences"
  [[ $(jq -S .migrations <<<"$actual") == "$(jq -S .migrations <<<"$expected")" ]] || fail "$bad_set" "$3 differs: its migrations"
  [[ $(jq .schema <<<"$actual") == "$(jq .schema <<<"$expected")" ]] || fail "$bad_set" "$3 differs: its schema"
}

# create_missing_roles GLOBALS.SQL: roles that this server has are left as they are, with their passwords.
create_missing_roles() {
  local role lines
  while read -r role; do
    [[ $(sql --dbname postgres --set role="$role" <<<"SELECT count(*) FROM pg_roles WHERE rolname = :'role'") == 0 ]] || continue
    lines=$(grep -E "^(CREATE|ALTER) ROLE \"?$role\"?[ ;]" "$1")
    sql --dbname postgres <<<"$lines" || return
  done < <(sed -nE 's/^CREATE ROLE "?([^";]+)"?;$/\1/p' "$1")
}
