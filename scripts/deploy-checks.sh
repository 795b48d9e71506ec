# shellcheck shell=bash
# What a deployment looks at before it changes anything. Source it after lib.sh, containers.sh and release.sh.
# shellcheck disable=SC2154

# at_least VERSION WANTED
at_least() { [[ $(printf '%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]; }

# For what is unwise but not impossible.
object() {
  [[ ${FORCE:-} == yes ]] || die "$* (FORCE=yes goes on all the same)"
  say "$*: going on all the same"
}

check_versions() {
  local engine compose_version
  engine=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || die "Docker does not answer: is it running?"
  compose_version=$(docker compose version --short)
  at_least "${engine#v}" 20.10 || die "Docker $engine is too old: 20.10 or newer is needed"
  at_least "${compose_version#v}" 2.20 || die "Docker Compose $compose_version is too old: 2.20 or newer is needed"
}

# check_configuration RELEASE: whether everything of it would start with the settings that are there. Containers that do nothing
# else read them, and name each that is wrong.
check_configuration() {
  local status=0 said
  export RELEASE=$1
  said=$(compose run --rm --no-deps --no-TTY backend check-config 2>&1 </dev/null) || { status=1 && tell_config_problems "$said"; }
  said=$(NGINX_RELEASE='' compose run --rm --no-deps --no-TTY --entrypoint /opt/edge/check.sh nginx 2>&1 </dev/null) ||
    { status=1 && tell_config_problems "$said"; }
  return "$status"
}

# Their output, without Compose's own messages.
tell_config_problems() { grep -vE '^ (Network|Volume|Container) ' <<<"$1" | sed -E 's/^\{.*"message":"(.*)"\}$/  - \1/' >&2; }

# The built code must match its revision.
check_checkout() {
  [[ -d .git || -f .git ]] || return 0
  [[ -z $(git status --porcelain --untracked-files=no) ]] ||
    object "the checkout has changes that are not committed: git status"
}

check_disk() {
  local wanted=${MIN_FREE_MB:-4096} folder free
  for folder in "$repo" "$(docker info --format '{{.DockerRootDir}}')"; do
    [[ -d $folder ]] || continue
    free=$(($(df --output=avail --block-size=1M "$folder" | tail -n 1)))
    ((free >= wanted)) ||
      object "only $free MB are free below $folder, and $wanted MB should be (docker builder prune frees some)"
  done
}

check_backup_age() {
  local status=backups/state/status.json last limit age
  [[ -f $status ]] || { say "no backup has been made yet; this deployment makes one" && return; }
  last=$(sed -nE 's/.*"last_good_at": *"([^"]+)".*/\1/p' "$status" | head -n 1)
  limit=$(sed -nE 's/.*"max_age_seconds": *([0-9]+).*/\1/p' "$status" | head -n 1)
  [[ -n $last ]] || { say "no backup has been good yet; this deployment makes one" && return; }
  age=$(($(date +%s) - $(date --date="$last" +%s)))
  say "the last good backup is $((age / 3600)) hours and $((age % 3600 / 60)) minutes old"
  ((age <= ${limit:-93600})) ||
    say "that is too old: the schedule does not work. See make logs S=backup; this deployment makes a backup of its own"
}

# Prints the migrations that the new release would run.
check_migrations() {
  local all
  all=$(compose run --rm --no-deps -T migrate migrate --status) || return 1
  if grep -q '^broken' <<<"$all"; then
    grep '^broken' <<<"$all" >&2
    return 1
  fi
  { grep '^pending' <<<"$all" || true; } | sed -E 's/^pending +//' | paste -sd ';' | sed 's/;/; /g'
}
