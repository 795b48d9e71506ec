#!/usr/bin/env bash
# Starts the production stack, or applies changed settings and code: without a change nothing happens, and containers are replaced
# one after another, like in make deploy.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
# shellcheck source=scripts/production.sh
. "$(dirname "$0")/production.sh"
# shellcheck source=scripts/release.sh
. "$(dirname "$0")/release.sh"
# shellcheck source=scripts/rolling.sh
. "$(dirname "$0")/rolling.sh"
# shellcheck source=scripts/deploy-checks.sh
. "$(dirname "$0")/deploy-checks.sh"
# shellcheck source=scripts/replace.sh
. "$(dirname "$0")/replace.sh"
cd "$repo"

[[ -f .env.production ]] || die ".env.production is missing: run make prod-init"
export STACK=prod
use_stack
make_missing_secrets
insist_on_production_settings
unknown_settings
with_release_lock
mkdir -p data/uploads backups/state logs/nginx logs/backend logs/database

release=$(release_name)
running=$(release_setting RELEASE)
build_images "$release" || die "the build failed; what runs goes on as before"
check_configuration "$release" || die "correct that in .env.production; nothing was changed"

# Everything is new, or all of it is down.
start() {
  [[ $release == "$running" ]] || write_release RELEASE "$release" PREVIOUS_RELEASE "$running" \
    NGINX_RELEASE '' ACME_RELEASE '' PGBOUNCER_RELEASE '' BACKUP_RELEASE '' WATCHDOG_RELEASE ''
  use_stack
  compose up --detach --remove-orphans ||
    die "it did not start: scripts/compose.sh prod ps, and make logs S=… for what is not healthy"
}

# People use it meanwhile.
bring_up_to_date() {
  start_stopped
  put_into_service "$running" "$release"
  # Services that are new in this release, or no longer part of it.
  compose up --detach --no-build --no-recreate --remove-orphans >/dev/null 2>&1 ||
    die "not everything could be started: make status"
  restart_unhealthy
}

if [[ -n $running && -n $(containers backend) ]]; then bring_up_to_date; else start; fi
wait_until_up 300 || die "not everything is healthy after 5 minutes: make logs S=… shows why"

address=$(setting PUBLIC_URL)
cat <<EOF

Todo List Plus $release runs on $address

  First administrator:  scripts/compose.sh prod exec backend todo admin create --email you@$(setting DOMAIN)
  How it is:            make status, make logs
  Check everything:     make doctor
EOF
if [[ -z $(setting ACME_EMAIL) ]]; then
  cat <<EOF
  Certificate:          self-signed, so browsers warn. Set ACME_EMAIL in .env.production, then make prod-up
EOF
else
  cat <<EOF
  Certificate:          from Let's Encrypt within a minute; make cert does it now and says what goes wrong
EOF
fi
