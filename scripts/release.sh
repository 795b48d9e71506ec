# shellcheck shell=bash
# Releases: their names, their images, and waiting for what was started. Source it after lib.sh and containers.sh, and after
# use_stack.

release_file=.release.env

# The name of what is checked out: version-revision, and what was changed since, so that one name is always the same code.
# RELEASE from the shell wins, for code that is no git repository.
release_name() {
  local revision changes
  if [[ -n ${RELEASE:-} ]]; then
    echo "$RELEASE"
    return
  fi
  revision=$(git rev-parse --short=12 HEAD 2>/dev/null) || revision=unknown
  if [[ $revision != unknown ]] && ! git diff --quiet HEAD --; then
    changes=$(git diff HEAD -- | git hash-object --stdin)
    revision+="-changed-${changes:0:8}"
  fi
  echo "$VERSION-$revision"
}

# release_setting RELEASE|PREVIOUS_RELEASE: of the release that runs; empty when there is none.
release_setting() {
  [[ ! -f $release_file ]] || sed -n "s/^$1=//p" "$release_file" | tail -n 1
}

# write_release NAME PREVIOUS: what Compose starts from now on, and what `make rollback` goes back to.
write_release() {
  {
    echo "# Written by make prod-up, deploy and rollback: the images that run, and those before them."
    echo "RELEASE=$1"
    echo "PREVIOUS_RELEASE=$2"
  } >"$release_file.new"
  mv -f "$release_file.new" "$release_file"
}

# build_images NAME: all images of the stack, under the name of the release.
build_images() {
  say "building the images of release $1"
  RELEASE=$1 compose build --quiet
}

# What has not come up, as "service state" lines: one-shot services must have succeeded, the others must be healthy.
not_up() {
  compose ps --all --format '{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}' |
    while read -r service state health_or_code code; do
      if [[ $state == exited && ${code:-$health_or_code} == 0 ]]; then continue; fi
      if [[ $state == running && -n $code && $health_or_code == healthy ]]; then continue; fi
      if [[ $state == running && -z $code ]]; then continue; fi
      echo "$service $state${code:+ ($health_or_code)}"
    done
}

# wait_until_up SECONDS: until every service is; otherwise says which are not, and fails.
wait_until_up() {
  local missing='' end=$((SECONDS + $1))
  say "waiting until every service is healthy"
  while true; do
    missing=$(not_up)
    [[ -n $missing ]] || return 0
    ((SECONDS < end)) || break
    sleep 1
  done
  printf '  %s\n' "${missing//$'\n'/$'\n'  }" >&2
  return 1
}

# with_release_lock: one change of the stack at a time.
with_release_lock() {
  have flock || return 0
  exec 8>.release.lock
  flock -n 8 || die "another prod-up, deploy or rollback is running (.release.lock)"
}
