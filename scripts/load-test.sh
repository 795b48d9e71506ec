#!/usr/bin/env bash
# Loads an installation with people who sign in, look, search, make tasks, complete them and listen (docs/load-testing.md).
#   URL=https://…           where it is
#   TOOL=jmeter|k6          k6 must be installed; JMeter is fetched
#   USERS=10 DURATION=60    at once, and for so many seconds
#   ACCOUNTS=file           lines "email,password" of accounts that are there; otherwise some are made, and deleted in the end
#   THRESHOLDS=errors       does not look at how long answers take
#   REPORT_DIR=…            where the report goes
# Within with-server.sh it loads that server, shortly and for its errors.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

if [[ -n ${E2E_BASE_URL:-} ]]; then
  URL=$E2E_BASE_URL USERS=3 DURATION=20 THRESHOLDS=errors
fi
: "${TOOL:=jmeter}" "${USERS:=10}" "${DURATION:=60}" "${REPORT_DIR:=$target_dir/load-test}"
[[ ${URL:-} =~ ^(https?)://([^/:]+|\[[0-9a-f:]+\])(:([0-9]+))?/?$ ]] || die "URL is '${URL:-}': it must be such as https://todo.example.org"
protocol=${BASH_REMATCH[1]} host=${BASH_REMATCH[2]} port=${BASH_REMATCH[4]}
URL=${URL%/}
[[ $USERS =~ ^[1-9][0-9]*$ ]] || die "USERS is '$USERS': it must be a number of people"
[[ $DURATION =~ ^[1-9][0-9]*$ ]] || die "DURATION is '$DURATION': it must be a number of seconds"
case $TOOL in
  jmeter) "$repo/scripts/ensure.sh" node jmeter ;;
  k6) "$repo/scripts/ensure.sh" node && { have k6 || die "k6 is missing: https://grafana.com/docs/k6/latest/set-up/install-k6/"; } ;;
  *) die "TOOL is '$TOOL': it can be jmeter or k6" ;;
esac
[[ $REPORT_DIR != "$target_dir/load-test" ]] || rm -rf "$REPORT_DIR"
mkdir -p "$REPORT_DIR"
[[ -z $(ls -A "$REPORT_DIR") ]] || die "REPORT_DIR is '$REPORT_DIR', where something is already"
REPORT_DIR=$(cd "$REPORT_DIR" && pwd)

# It contains passwords.
accounts=$(mktemp -d)
clean_up() {
  local status=$?
  trap - EXIT
  if [[ -f $accounts/accounts.json ]]; then
    say "removing what was made"
    node load/accounts.mjs clean "$URL" "$accounts" || status=1
  fi
  rm -rf "$accounts"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# setting NAME: of load/scenario.json.
setting() { node -p "JSON.parse(require('fs').readFileSync('load/scenario.json', 'utf8')).$1"; }

jmeter_run() {
  local options=(
    -Jprotocol="$protocol" -Jhost="$host" -Jport="$port" -Jsocket="ws${URL#http}" -Jaccounts="$accounts/accounts.csv" -Jusers="$USERS"
    -Jseconds="$DURATION" -Jpause_least="$(setting 'pause_ms[0]')" -Jpause_most="$(setting 'pause_ms[1]')"
    -Jevent_seconds="$(setting event_seconds)" -Jsign_in_again_seconds="$(setting sign_in_again_seconds)"
  )
  java -Xmx512m -jar "$target_dir/jmeter/bin/ApacheJMeter.jar" --nongui --testfile load/jmeter.jmx --logfile "$REPORT_DIR/results.csv" \
    --reportatendofloadtests --reportoutputfolder "$REPORT_DIR/report" --jmeterlogfile "$REPORT_DIR/jmeter.log" "${options[@]}" || return 1
  say "the report: $REPORT_DIR/report/index.html"
  node load/check.mjs "$REPORT_DIR/report" ${THRESHOLDS:+"$THRESHOLDS"}
}

k6_run() {
  local status=0
  URL=$URL ACCOUNTS_JSON="$accounts/accounts.json" SECONDS_OF_LOAD=$DURATION K6_WEB_DASHBOARD=true K6_WEB_DASHBOARD_PORT=-1 \
    K6_WEB_DASHBOARD_EXPORT="$REPORT_DIR/report.html" k6 run load/k6.js || status=$?
  say "the report: $REPORT_DIR/report.html"
  return "$status"
}

say "preparing $USERS accounts"
node load/accounts.mjs prepare "$URL" "$USERS" "$accounts" ${ACCOUNTS:+"$ACCOUNTS"}
say "loading $URL with $USERS people for $DURATION seconds"
"${TOOL}_run"
