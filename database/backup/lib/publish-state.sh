#!/usr/bin/env bash
# publish-state.sh [started|succeeded|failed WHY]: notes what happened, and writes state/status.json and state/backup.prom.
# What is there is read from the folder each time, so the state is never better than the truth.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
mkdir -p "$state"
chmod 755 "$state"
now=$(date +%s)
notes=$state/.notes.json
previous=$(jq -c . "$notes" 2>/dev/null || echo '{}')

# replace FILE <TEXT: whole or not at all.
replace() {
  local new
  new=$(mktemp "$state/.new.XXXXXX")
  cat >"$new"
  chmod 644 "$new"
  mv "$new" "$1"
}

current=$(jq -c --arg event "${1:-}" --arg why "${2:-}" --arg now "$(timestamp "$now")" '
  .watched_since //= $now
  | if $event == "started" then .last_started_at = $now
    elif $event == "succeeded" then .last_error = null
    elif $event == "failed" then .last_failed_at = $now | .last_error = $why
    else . end' <<<"$previous")
[[ $current == "$previous" ]] || replace "$notes" <<<"$current"

newest=$(list_sets | tail -n 1)
count=$(list_sets | wc -l)
good='{}'
if [[ -n $newest ]]; then
  good=$(jq -n --arg name "$newest" --arg at "$(timestamp "$(set_time "$newest")")" --argjson bytes "$(du -sb "$backups/$newest" | cut -f 1)" \
    '{name: $name, at: $at, bytes: $bytes}')
fi
status=$(jq -n --argjson notes "$current" --argjson good "$good" --argjson count "$count" --argjson max_age "$(max_age_seconds)" '{
  last_started_at: $notes.last_started_at, last_good_at: $good.at, last_good: $good.name, last_good_bytes: $good.bytes,
  last_failed_at: $notes.last_failed_at, last_error: $notes.last_error, max_age_seconds: $max_age, count: $count,
  watched_since: $notes.watched_since
}')
replace "$state/status.json" <<<"$status"
jq -r '
  def metric($name; $help; $value): "# HELP \($name) \($help)", "# TYPE \($name) gauge", "\($name) \($value)";
  def seconds: if . then fromdate else 0 end;
  metric("todo_backup_last_good_timestamp_seconds"; "When the newest good backup began; 0 for none."; .last_good_at | seconds),
  metric("todo_backup_last_good_bytes"; "Size of the newest good backup."; .last_good_bytes // 0),
  metric("todo_backup_last_started_timestamp_seconds"; "When a backup began last."; .last_started_at | seconds),
  metric("todo_backup_last_failed_timestamp_seconds"; "When a backup, its copy or a verification failed last."; .last_failed_at | seconds),
  metric("todo_backup_failing"; "1 while the last run left an error."; if .last_error then 1 else 0 end),
  metric("todo_backup_max_age_seconds"; "An older last good backup is an error."; .max_age_seconds),
  metric("todo_backup_sets"; "How many good backups there are."; .count)' <<<"$status" | replace "$state/backup.prom"
