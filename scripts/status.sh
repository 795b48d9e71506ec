#!/usr/bin/env bash
# Shows each service's health at a glance; fails when something is not well.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"
use_stack

green='' yellow='' red='' plain=''
if [[ -t 1 ]]; then green=$'\033[32m' yellow=$'\033[33m' red=$'\033[31m' plain=$'\033[0m'; fi

rows=$(compose ps --all --format '{{.Service}}|{{.Name}}|{{.State}}|{{.Health}}|{{.ExitCode}}|{{.Status}}' | sort)
[[ -n $rows ]] || die "the $([[ $STACK == prod ]] && echo production || echo development) stack is not running (make $STACK-up)"

printf '   %-12s %-26s %s\n' SERVICE CONTAINER STATUS
bad=0
seen=()
while IFS='|' read -r service name state health exit_code status; do
  seen+=("$service")
  case "$state/$health/$exit_code" in
    running/healthy/* | running//*) mark="${green}✔" ;;
    running/starting/* | created/* | restarting/*) mark="${yellow}…" bad=1 ;;
    *)
      if [[ $state/$exit_code == exited/0 ]] && ends_by_itself "$service"; then
        mark="${green}✔" status="done, $status"
      else
        mark="${red}✘" bad=1
      fi
      ;;
  esac
  printf ' %s%s %-12s %-26s %s\n' "$mark" "$plain" "$service" "$name" "$status"
done <<<"$rows"
for service in $(compose config --services | sort); do
  if [[ " ${seen[*]} " != *" $service "* ]]; then
    printf ' %s✘%s %-12s %-26s %s\n' "$red" "$plain" "$service" - "not there"
    bad=1
  fi
done
exit "$bad"
