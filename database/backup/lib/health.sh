#!/usr/bin/env bash
# Fails when the last good backup is too old. A machine without any has as long from when it began to be watched.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
status=$(cat "$state/status.json" 2>/dev/null) || { echo "not started yet"; exit 1; }
now=$(date +%s)
limit=$(max_age_seconds)
since=$(jq -r '.last_good_at // .watched_since | fromdate' <<<"$status")
if ((now - since <= limit)); then
  jq -r '"last good backup: \(.last_good // "none yet")"' <<<"$status"
  exit 0
fi
jq -r --argjson hours "$(((now - since) / 3600))" \
  '"the last good backup (\(.last_good // "none")) is too old: \($hours) hours" + (if .last_error then "; \(.last_error)" else "" end)' <<<"$status"
exit 1
