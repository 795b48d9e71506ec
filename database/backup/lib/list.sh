#!/usr/bin/env bash
# list.sh [--json]: the sets with size, age, whether they were proven and are encrypted; and those put aside as bad.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
now=$(date +%s)

describe() {
  local name folder
  { list_sets && find "$backups" -maxdepth 1 -type d -name 'bad-*' -printf '%f\n' | sort; } | while read -r name; do
    folder=$backups/$name
    jq -c --arg name "$name" --argjson bytes "$(du -sb "$folder" | cut -f 1)" --argjson age "$((now - $(set_time "${name#bad-}")))" '{
      name: $name, bytes: $bytes, age_seconds: $age, verified: (.verified != null and ($name | startswith("bad-") | not)),
      encrypted: (.encrypted_to != null), reason: .reason, version: .version,
      rows: ([.database.contents.tables[].rows] | add // 0)
    }' "$folder/manifest.json" 2>/dev/null ||
      jq -nc --arg name "$name" '{name: $name, bytes: 0, age_seconds: 0, verified: false, encrypted: false, reason: "unreadable", version: "?", rows: 0}'
  done | jq -s .
}

if [[ ${1:-} == --json ]]; then
  describe
  exit
fi
describe | jq -r '
  def size: if . >= 1073741824 then "\(. / 107374182.4 | round / 10) GB" elif . >= 1048576 then "\(. / 104857.6 | round / 10) MB"
    else "\(. / 1024 | ceil) kB" end;
  def age: if . >= 172800 then "\(. / 86400 | floor) days" elif . >= 7200 then "\(. / 3600 | floor) hours" else "\(. / 60 | floor) min" end;
  def yes: if . then "yes" else "no" end;
  ["NAME", "SIZE", "AGE", "VERIFIED", "ENCRYPTED", "ROWS", "VERSION", "REASON"],
  (.[] | [.name, (.bytes | size), (.age_seconds | age), (.verified | yes), (.encrypted | yes), .rows, .version, .reason]) | @tsv' |
  column -t -s $'\t'
