#!/usr/bin/env bash
# Reports what is wrong with the stack and how to fix it: what only this machine can check, then the server's own checks (todo
# doctor). Exits with 1 if there is a problem.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
# shellcheck source=scripts/production.sh
. "$(dirname "$0")/production.sh"
# shellcheck source=scripts/release.sh
. "$(dirname "$0")/release.sh"
# shellcheck source=scripts/doctor-edge.sh
. "$(dirname "$0")/doctor-edge.sh"
cd "$repo"

problems=0
heading() { printf '\n\033[1m%s\033[0m\n' "$1"; }
fine() { printf '%-8s %s\n' ok "$1"; }
# warn PROBLEM FIX, problem PROBLEM FIX
warn() { printf '%-8s %s\n         → %s\n' warning "$1" "$2"; }
problem() {
  printf '%-8s %s\n         → %s\n' PROBLEM "$1" "$2"
  problems=$((problems + 1))
}

# at_least VERSION WANTED
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]; }

check_tools() {
  local engine compose
  if ! engine=$(docker version --format '{{.Server.Version}}' 2>&1); then
    problem "Docker does not answer: $engine" \
      "Start it (systemctl start docker), and let $(id -un) use it (usermod -aG docker $(id -un), then sign in anew)."
    exit 1
  fi
  compose=$(docker compose version --short)
  if at_least "$engine" 20.10 && at_least "${compose#v}" 2.20; then
    fine "Docker $engine with Compose $compose."
  else
    problem "Docker $engine with Compose $compose is too old: 20.10 and 2.20 are needed." \
      "Update it: https://docs.docker.com/engine/install/"
  fi
  if ! have curl; then problem "curl is missing, so the proxy cannot be asked." "apt-get install curl"; fi
  if have timedatectl && [[ $(timedatectl show --property=NTPSynchronized --value 2>/dev/null) == no ]]; then
    warn "The clock of this machine is not kept by NTP." "timedatectl set-ntp true"
  fi
}

check_settings() {
  local what found=''
  while IFS= read -r what; do
    found=yes
    problem "$what." "Correct it (.env.production, secrets/; docs/deployment.md says how), then run make prod-up."
  done < <(
    setting_problems | sed 's/^/.env.production: /'
    secret_problems
  )
  [[ -n $found ]] || fine "The settings are complete; the secrets are strong, and nobody else can read them."
}

# "service state" of unhealthy services.
unwell() {
  not_up
  comm -23 <(compose config --services | sort) <(compose ps --all --services | sort) | sed 's/$/ not there/'
}

check_services() {
  local service state found=''
  if [[ -z $(compose ps --all --quiet) ]]; then
    problem "Nothing of it is there." "make $STACK-up starts it."
    return
  fi
  while read -r service state; do
    found=yes
    case $state in
      *'(starting)') warn "The service $service is starting." "Wait a moment; make logs S=$service shows how far it is." ;;
      *'(unhealthy)')
        problem "The service $service is $state." \
          "make logs S=$service shows why. When it hangs: scripts/compose.sh $STACK restart $service" ;;
      *) problem "The service $service is $state." "make logs S=$service shows why; make $STACK-up starts it." ;;
    esac
  done < <(unwell | awk '!seen[$1]++')
  [[ -n $found ]] || fine "Every service runs and is healthy."
}

# check_space FOLDER WHAT: the same limits as in backend/src/ops/doctor/disk.rs.
check_space() {
  local free total percent text
  [[ -d $1 ]] || return 0
  read -r total free < <(df --portability --block-size=M "$1" | awk 'NR == 2 { print $2 + 0, $4 + 0 }')
  percent=$((free * 100 / (total + 1)))
  text="$2 ($1) has $((free / 1024)) GB free of $((total / 1024)) GB."
  if ((free < 512 || (percent < 3 && free < 5120))); then
    problem "$text" "Make room now: docker image prune, old files in backups/ and logs/. Or enlarge the disk."
  elif ((free < 2048 || (percent < 10 && free < 20480))); then
    warn "$text" "Make room before it is full: docker image prune, old files in backups/ and logs/."
  else
    fine "$text"
  fi
}

check_from_inside() {
  local status=0
  [[ -n $(compose ps --quiet --status running backend) ]] || {
    problem "No server runs, so database, Redis, mail, certificate and backups were not checked." "make $STACK-up"
    return
  }
  compose exec --no-TTY backend todo doctor 2>&1 || status=$?
  [[ $status == 0 ]] || problems=$((problems + 1))
}

heading "This machine"
have docker || die "Docker is missing: https://docs.docker.com/engine/install/ (without Docker: todo doctor)"
check_tools
use_stack
check_space "$(docker info --format '{{.DockerRootDir}}')" "Docker's folder"
check_space "$repo/backups" "The folder of the backups"
[[ $STACK != prod ]] || check_settings

heading "The $([[ $STACK == prod ]] && echo production || echo development) stack"
check_services

if have curl; then
  heading "The proxy, as a browser on this machine sees it"
  check_edge
fi

heading "The server, from inside"
check_from_inside

echo
if ((problems > 0)); then die "there are problems: mend them from top to bottom, then run make doctor again"; fi
echo "No problems. What only a browser shows is in the app, under Administration."
