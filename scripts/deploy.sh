#!/usr/bin/env bash
# Puts this checkout into service while people use what is there: checks, builds, backs up, migrates, and replaces one
# container after another. FORCE=yes goes on where only prudence speaks against it.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
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
export RELEASE=$new

build_images "$new" || die "the build failed; $running serves on as before"
pending=$(check_migrations) || die "the migrations cannot be asked for; $running serves on as before"
if [[ ${BACKUP:-yes} != no ]]; then
  RELEASE=$running make --no-print-directory backup || die "the backup failed; $running serves on as before"
fi
if [[ -n $pending ]]; then
  say "migrating: $pending"
  compose run --rm --no-deps -T migrate || die "the migration failed; $running serves on. See docs/troubleshooting.md"
fi
replace_all "$running" "$new"
[[ $running == "$new" ]] || write_release RELEASE "$new" PREVIOUS_RELEASE "$running"
prune_images
say "$new serves, after $((SECONDS - started)) seconds. Back to $(release_setting PREVIOUS_RELEASE): make rollback"
