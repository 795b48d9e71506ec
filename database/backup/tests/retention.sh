#!/usr/bin/env bash
# The retention rules, case by case: which backups are kept, and when.
set -euo pipefail
retention="$(dirname "$0")/../lib/retention.sh"
now=$(date -u -d '2026-11-23 05:00:00' +%s) # a Monday
failures=0 cases=0

# check WHAT DAILY WEEKLY MONTHLY SETS KEPT: both lists as days (20261123), or as whole names.
check() {
  local what=$1 daily=$2 weekly=$3 monthly=$4 sets expected kept
  sets=$(named "$5")
  expected=$(named "$6")
  kept=$(comm -23 <(printf '%s\n' "$sets") <(retention_of "$sets" | sort))
  cases=$((cases + 1))
  [[ $kept == "$expected" ]] && return
  failures=$((failures + 1))
  printf 'FAILED: %s\n  expected: %s\n  kept:     %s\n' "$what" "${expected//$'\n'/ }" "${kept//$'\n'/ }"
}
named() { tr -s ' \n' '\n' <<<"$1" | sed -E '/^$/d; s/^[0-9]{8}$/&T030000Z/' | sort; }
retention_of() { "$retention" "$now" "$daily" "$weekly" "$monthly" <<<"$1"; }
# days FROM COUNT: that many days up to FROM, the newest.
days() {
  local i
  for ((i = 0; i < $2; i++)); do date -u -d "$1 -$i days" +%Y%m%d; done
}

check "nothing to keep" 7 4 6 "" ""
check "the newest, whatever is asked for" 0 0 0 "20251001 20251002" "20251002"
check "the newest, years old" 1 0 0 "20200101" "20200101"
check "seven days" 7 0 0 "$(days 20261123 12)" "$(days 20261123 7)"
check "days that have a set, not days of the calendar" 3 0 0 "20261101 20261023 20261012 20260930" "20261101 20261023 20261012"
check "the newest of a day" 2 0 0 "20261120T030000Z 20261120T120000Z 20261119T235959Z 20261119T000000Z" \
  "20261120T120000Z 20261119T235959Z"
check "all of the last 24 hours" 1 0 0 "20261122T050001Z 20261122T050000Z 20261122T060000Z 20261123T040000Z" \
  "20261122T050001Z 20261122T060000Z 20261123T040000Z"
check "the newest of a week, which begins on Monday" 0 3 0 "$(days 20261123 20)" "20261123 20261122 20261115"
check "a week over the turn of a year" 0 2 0 "20251228 20251229 20251231 20260101 20260104" "20251228 20260104"
check "the newest of a month" 0 0 3 "20261101 20261031 20261001 20260930 20260901 20260831" "20261101 20261031 20260930"
check "the end of February in a leap year" 0 0 2 "20240228 20240229 20240301" "20240229 20240301"
check "the days around the end of February are days of their own" 3 0 0 "20240227 20240228 20240229 20240301" \
  "20240228 20240229 20240301"
check "all together: a year of nightly sets" 7 4 6 "$(days 20261123 365)" \
  "$(days 20261123 7) 20261115 20261108 20261031 20260930 20260831 20260731 20260630"
check "a second run deletes nothing" 7 4 6 "$(days 20261123 7) 20261115 20261108 20261031 20260930 20260831 20260731 20260630" \
  "$(days 20261123 7) 20261115 20261108 20261031 20260930 20260831 20260731 20260630"
check "a safety copy stays for so many days" 3 0 0 "20261121T030000Z-before-restore 20261119T030000Z-before-restore 20261120" \
  "20261121T030000Z-before-restore 20261120"
check "a safety copy takes no other set's place" 3 0 0 "20261121T030000Z-before-restore 20261121T010000Z 20261120 20261119 20261118" \
  "20261121T030000Z-before-restore 20261121T010000Z 20261120 20261119"
check "other names are left alone" 1 0 0 "20261123 bad-20251001T030000Z state 20251001T030000Z-mine" \
  "20261123 bad-20251001T030000Z state 20251001T030000Z-mine"

echo "retention: $((cases - failures)) passed, $failures failed"
((failures == 0))
