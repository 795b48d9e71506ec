#!/usr/bin/env bash
# retention.sh NOW DAILY WEEKLY MONTHLY <NAMES: prints the names of the sets to delete. It looks at nothing but its input.
#
# Kept are the newest set of each of the last DAILY days, WEEKLY weeks (from Monday) and MONTHLY months that have one, by UTC; all of
# the last 24 hours; safety copies of restores for DAILY days; what is no set's name; and always the newest good set.
set -euo pipefail
now=$1 daily=$2 weekly=$3 monthly=$4
declare -A kept_days=() kept_weeks=() kept_months=()

# Days since 1970 of a year, month and day.
day_number() {
  local year=$((10#$1)) month=$((10#$2)) day=$((10#$3)) era
  ((month > 2)) || { month=$((month + 12)); year=$((year - 1)); }
  era=$((365 * year + year / 4 - year / 100 + year / 400))
  echo $((era + (153 * (month - 3) + 2) / 5 + day - 719469))
}

mapfile -t names < <(grep -E '^[0-9]{8}T[0-9]{6}Z(-before-restore)?$' | sort -r)
newest=''
for name in "${names[@]}"; do
  day=$(day_number "${name:0:4}" "${name:4:2}" "${name:6:2}")
  taken=$((day * 86400 + 10#${name:9:2} * 3600 + 10#${name:11:2} * 60 + 10#${name:13:2}))
  keep=''
  if ((now - taken < 86400)); then keep=yes; fi
  if [[ $name == *-before-restore ]]; then
    if ((now - taken < daily * 86400)); then keep=yes; fi
  else
    week=$(((day + 3) / 7)) month=${name:0:6}
    [[ -n $newest ]] || keep=yes
    newest=${newest:-$name}
    if [[ -z ${kept_days[$day]:-} ]] && ((${#kept_days[@]} < daily)); then kept_days[$day]=$name keep=yes; fi
    if [[ -z ${kept_weeks[$week]:-} ]] && ((${#kept_weeks[@]} < weekly)); then kept_weeks[$week]=$name keep=yes; fi
    if [[ -z ${kept_months[$month]:-} ]] && ((${#kept_months[@]} < monthly)); then kept_months[$month]=$name keep=yes; fi
  fi
  [[ -n $keep ]] || echo "$name"
done
