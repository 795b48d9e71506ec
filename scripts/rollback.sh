#!/usr/bin/env bash
# Goes back to the previous images in the same way as a deployment. The database stays as it is: migrations also work with the
# previous release.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
# shellcheck source=scripts/release.sh
. "$(dirname "$0")/release.sh"
# shellcheck source=scripts/rolling.sh
. "$(dirname "$0")/rolling.sh"
# shellcheck source=scripts/replace.sh
. "$(dirname "$0")/replace.sh"
cd "$repo"
export STACK=prod
use_stack
with_release_lock
started=$SECONDS

running=$(release_setting RELEASE) previous=$(release_setting PREVIOUS_RELEASE)
[[ -n $previous ]] || die "there is no release before $running on this machine"
export RELEASE=$previous
for service in backend frontend; do
  image=$(setting COMPOSE_PROJECT_NAME)/$service:$previous
  docker image inspect "$image" >/dev/null 2>&1 || die "the image $image is not there any more"
done
# An older pgbouncer knows one of the two logins.
image=$(setting COMPOSE_PROJECT_NAME)/pgbouncer:$previous
[[ -z $(setting DATABASE_LOGIN) ]] || docker run --rm --entrypoint test "$image" -x /usr/local/lib/pgbouncer/write-users.sh ||
  die "$previous does not know the login todo$(setting DATABASE_LOGIN): run make rotate SECRET=database, then this again"
say "going back to $previous; $running serves"
replace_all "$running" "$previous"
write_release RELEASE "$previous" PREVIOUS_RELEASE "$running"
say "$previous serves, after $((SECONDS - started)) seconds. Forward again to $running: make rollback"
