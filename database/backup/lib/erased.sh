# shellcheck shell=bash
# Whose account was erased must not come back with an older backup. So the ids, and nothing else of these people, are also kept in a file
# beside the backups, which outlives the database. Source it after common.sh.
# shellcheck disable=SC2154 # state comes from there
erased_list=$state/erased-accounts.csv

# has_erased_accounts DATABASE: one from before these were recorded has none.
has_erased_accounts() { [[ $(sql --dbname "$1" <<<"SELECT to_regclass('public.erased_accounts') IS NOT NULL") == t ]]; }

# merge_erased FILE: merges another list, without duplicates.
merge_erased() {
  mkdir -p "$state"
  local new
  new=$(mktemp "$state/.new.XXXXXX")
  { if [[ -f $erased_list ]]; then cat "$erased_list"; fi; cat "$1"; } | sort --unique --field-separator=, --key=1,1 >"$new"
  chmod 644 "$new"
  mv "$new" "$erased_list"
}

# remember_erased DATABASE: adds those of the database to the file.
remember_erased() {
  has_erased_accounts "$1" || return 0
  local there
  there=$(mktemp)
  sql --dbname "$1" <<<"COPY (SELECT user_id, erased_at FROM erased_accounts) TO STDOUT (FORMAT csv)" >"$there"
  merge_erased "$there"
  rm -f "$there"
}

# erase_again DATABASE: makes the workers of a restored database erase the accounts in the file, as if they were due.
erase_again() {
  [[ -s $erased_list ]] && has_erased_accounts "$1" || return 0
  {
    echo 'CREATE TEMPORARY TABLE erased (user_id uuid PRIMARY KEY, erased_at timestamptz);'
    echo 'COPY erased FROM STDIN (FORMAT csv);'
    cat "$erased_list"
    echo '\.'
    cat <<'SQL'
INSERT INTO erased_accounts SELECT user_id, erased_at FROM erased ON CONFLICT (user_id) DO NOTHING;
UPDATE sessions SET ended_at = now(), end_reason = 'ended_by_user' WHERE ended_at IS NULL AND user_id IN (SELECT user_id FROM erased);
INSERT INTO account_deletions (user_id, due_at, begun_at) SELECT u.id, now(), now() FROM erased e JOIN users u ON u.id = e.user_id
ON CONFLICT (user_id) DO UPDATE SET begun_at = coalesce(account_deletions.begun_at, now());
SELECT count(*) FROM erased e JOIN users u ON u.id = e.user_id
SQL
  } | sql --dbname "$1" --single-transaction
}
