#!/usr/bin/env bash
# Renews a secret of the production stack while people use it: SECRET=jwt or SECRET=redis. It can be run again after an interruption.
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
# shellcheck source=scripts/replace.sh
. "$(dirname "$0")/replace.sh"
cd "$repo"

case ${SECRET:-} in
  jwt | redis) ;;
  *) die "say which: make rotate SECRET=jwt, or SECRET=redis" ;;
esac
export STACK=prod
use_stack
with_release_lock
[[ -n $(containers backend) ]] || die "nothing runs: write the new secret into $(secrets_folder)/ and run make prod-up"
folder=$(secrets_folder)

# write_secret NAME VALUE: into the same file, which is mounted in containers.
write_secret() {
  local file=$folder/$1
  [[ ! -e $file ]] || chmod u+w "$file"
  printf '%s' "$2" >"$file"
  chmod 0444 "$file"
}

# Every server and worker anew, one after the other: they read secrets when they start.
roll_servers() {
  write_release SECRETS_REVISION "$(date +%s%N)"
  roll backend "$(replicas_wanted)" && roll worker 1
}

# First everybody reads what the new secret signs, then it signs: at no time does a server refuse what another has signed.
rotate_jwt() {
  local current earlier=''
  current=$(<"$folder/jwt_secret")
  if [[ -z $(setting JWT_SECRET_OLD_FILE) ]]; then
    printf '\n# Read still, and signs no more; make rotate SECRET=jwt writes it.\nJWT_SECRET_OLD_FILE=%s\n' \
      "$folder/jwt_secret_old" >>.env.production
  fi
  [[ ! -e $folder/jwt_secret_old ]] || earlier=$(<"$folder/jwt_secret_old")
  write_secret jwt_secret_old "$new${earlier:+,$earlier}"
  say "step 1 of 2: the new secret is read"
  roll_servers || die "not all servers were replaced; the secret is the one before. Run it again"
  write_secret jwt_secret_old "$current"
  write_secret jwt_secret "$new"
  say "step 2 of 2: the new secret signs"
  roll_servers || die "not all servers were replaced, and all of them read both secrets. Run it again"
  say "the secret is new. What the one before has signed is read until the next rotation"
}

# Servers keep their connections, and read the file again for new ones; so does Redis when it starts.
rotate_redis() {
  local current answer
  current=$(<"$folder/redis_password")
  write_secret redis_password "$new"
  # By standard input, so that no list of processes shows either.
  answer=$(printf '%s\n%s' "$current" "$new" | compose exec -T redis sh -c \
    'IFS= read -r current; REDISCLI_AUTH=$current redis-cli --no-auth-warning -x CONFIG SET requirepass') || answer="no answer"
  if [[ $answer != OK ]]; then
    write_secret redis_password "$current"
    die "Redis did not take the new password ($answer); the one before holds"
  fi
  say "the password is new"
}

new=$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n')
"rotate_$SECRET"
