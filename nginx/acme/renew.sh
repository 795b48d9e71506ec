#!/usr/bin/env bash
# Checks the certificate twice a day at a random time, and sooner again after a failure.
set -euo pipefail

readonly half_a_day=43200 an_hour=3600
asleep=''
stop() {
  [[ -z $asleep ]] || kill "$asleep" 2>/dev/null || true
  exit 0
}
trap stop TERM INT

rest() {
  sleep "$1" &
  asleep=$!
  wait "$asleep" || true
}

if [[ -z ${ACME_EMAIL:-} ]]; then
  echo "ACME_EMAIL is not set: no certificate is asked for, the self-signed one stays"
  while true; do
    touch /tmp/last-round
    rest "$an_hour"
  done
fi

# The edge must answer the challenge, and it may be starting just now.
touch /tmp/last-round
rest 15
while true; do
  pause=$((half_a_day - RANDOM % an_hour))
  "${BASH_SOURCE[0]%/*}/obtain.sh" || pause=$((an_hour + RANDOM % an_hour))
  touch /tmp/last-round
  rest "$pause"
done
