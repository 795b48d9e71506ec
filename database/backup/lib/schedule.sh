#!/usr/bin/env bash
# The service: makes a backup when one is due, and says when the last good one is too old. One is due when none was made since
# the last BACKUP_TIME (in TZ), or for BACKUP_INTERVAL_HOURS; so one missed while the machine was off is made up for at once.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
time=${BACKUP_TIME:-03:00}
interval=${BACKUP_INTERVAL_HOURS:-}
retry_seconds=$((${BACKUP_RETRY_MINUTES:-15} * 60))
[[ $time =~ ^([01][0-9]|2[0-3]):[0-5][0-9]$ ]] || die "BACKUP_TIME must be like 03:00, not '$time'"
child=''

stop() {
  trap - TERM INT ERR
  [[ -z $child ]] || kill -TERM "$child" 2>/dev/null || true
  wait
  exit 0
}
trap stop TERM INT

# In the background, so that the end of the container is heard at once.
run() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# The last moment at which a backup should have begun.
due_since() {
  local now=$1 today
  if [[ -n $interval ]]; then
    awk -v now="$now" -v hours="$interval" 'BEGIN { printf "%d", now - hours * 3600 }'
    return
  fi
  today=$(date -d "today $time" +%s)
  if ((today <= now)); then echo "$today"; else date -d "yesterday $time" +%s; fi
}

is_due() {
  local now newest
  now=$(date +%s)
  # After a failure the next attempt is delayed.
  ((now >= tried + retry_seconds)) || return 1
  newest=$(list_sets | grep -v before-restore | tail -n 1 || true)
  [[ -z $newest ]] || (($(set_time "$newest") < $(due_since "$now")))
}

warned=0 tried=0
(take_lock && clean_leftovers)
"$lib/publish-state.sh"
when="daily at $time ${TZ:-UTC}"
[[ -z $interval ]] || when="every $interval hours"
log INFO "backups $when, kept:" \
  "${BACKUP_KEEP_DAILY:-7} daily, ${BACKUP_KEEP_WEEKLY:-4} weekly, ${BACKUP_KEEP_MONTHLY:-6} monthly"
while true; do
  if is_due; then
    tried=$(date +%s)
    # Its own log has the reason; the loop continues.
    run "$lib/create.sh" scheduled >/dev/null || true
  fi
  "$lib/publish-state.sh"
  if ! said=$("$lib/health.sh") && (($(date +%s) >= warned + 3600)); then
    warned=$(date +%s)
    log ERROR "$said"
  fi
  run sleep 20 || true
done
