#!/usr/bin/env bash
# Renews a secret of the production stack while people use it: SECRET=jwt, redis or database. It can be run again after an interruption.
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
# shellcheck source=scripts/logins.sh
. "$(dirname "$0")/logins.sh"
cd "$repo"

case ${SECRET:-} in
  jwt | redis | database) ;;
  *) die "say which: make rotate SECRET=jwt, SECRET=redis or SECRET=database" ;;
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

# Recreates every server and worker, one after another: they read secrets at startup.
roll_servers() {
  read_secrets_revision
  roll backend "$(replicas_wanted)" && roll worker 1
}

# First all servers accept the new secret's signatures, then they sign with it: so no server ever refuses another's signature.
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
  # shellcheck disable=SC2016 # the container's shell expands it
  answer=$(printf '%s\n%s' "$current" "$new" | compose exec -T redis sh -c \
    'IFS= read -r current; REDISCLI_AUTH=$current redis-cli --no-auth-warning -x CONFIG SET requirepass') || answer="no answer"
  if [[ $answer != OK ]]; then
    write_secret redis_password "$current"
    die "Redis did not take the new password ($answer); the one before holds"
  fi
  say "the password is new"
}

# A role has only one password, so there are two logins (logins.sh): the unused one gets a new password, the servers switch to it
# one after another, and then the first gets a new one too.
rotate_database() {
  local current other=''
  # Finishes an interrupted run: every server uses the recorded login, and no other.
  roll_to_login || die "not all servers could be replaced. Run it again"
  current=$(setting DATABASE_LOGIN)
  [[ -n $current ]] || other=_alternate
  make_missing_secrets
  make_second_login
  say "step 1 of 3: a new password for the login todo$other, which is not in use"
  renew_password "$other"
  say "step 2 of 3: the servers take it"
  write_release DATABASE_LOGIN "$other"
  roll_to_login || die "not all servers were replaced; the two logins work. Run it again"
  say "step 3 of 3: a new password for the login todo$current, which is not in use any more"
  renew_password "$current"
  say "both passwords are new"
}

roll_to_login() { roll backend "$(replicas_wanted)" && roll worker 1; }

renew_password() {
  write_secret "database_password$1" "$(random_secret)"
  apply_password "$1"
}

new=$(random_secret)
"rotate_$SECRET"
