#!/usr/bin/env bash
# Deploys this checkout while people keep working: checks, builds, backs up, migrates, and replaces one container after another.
# FORCE=yes overrides precautionary checks.
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
export STACK=prod
use_stack
make_missing_secrets
insist_on_production_settings
with_release_lock
started=$SECONDS

running=$(release_setting RELEASE)
[[ -n $running && -n $(containers backend) ]] || die "nothing runs yet that could be replaced: run make prod-up"
check_versions
check_checkout
check_disk
check_backup_age
new=$(release_name)
say "deploying $new; $running serves"
build_images "$new" || die "the build failed; $running serves on as before"
check_configuration "$new" || die "correct that in .env.production; $running serves on as before"
put_into_service "$running" "$new"
say "$new serves, after $((SECONDS - started)) seconds. Back to $(release_setting PREVIOUS_RELEASE): make rollback"
