#!/usr/bin/env bash
# Starts the production stack, or brings it up to date with the settings and the code; without a change nothing happens.
# (make deploy does it without an interruption.)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
# shellcheck source=scripts/production.sh
. "$(dirname "$0")/production.sh"
# shellcheck source=scripts/release.sh
. "$(dirname "$0")/release.sh"
cd "$repo"

[[ -f .env.production ]] || die ".env.production is missing: run make prod-init"
export STACK=prod
use_stack
insist_on_production_settings
with_release_lock
mkdir -p data/uploads backups/state logs/nginx logs/backend logs/database

release=$(release_name)
running=$(release_setting RELEASE)
build_images "$release"
if [[ $release != "$running" ]]; then
  write_release RELEASE "$release" PREVIOUS_RELEASE "$running" \
    NGINX_RELEASE '' ACME_RELEASE '' PGBOUNCER_RELEASE '' BACKUP_RELEASE ''
fi
use_stack

compose up --detach --remove-orphans ||
  die "it did not start: scripts/compose.sh prod ps, and make logs S=… for what is not healthy"
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
