#!/usr/bin/env bash
# Creates .env.production and secrets/ with strong random values. Asks for the domain, or takes DOMAIN, ACME_EMAIL, HTTP_PORT and
# HTTPS_PORT from the environment without asking. Never overwrites existing files.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/production.sh
. "$(dirname "$0")/production.sh"
cd "$repo"

settings=.env.production
secrets=secrets

# ask VARIABLE QUESTION: from the environment, else from the terminal, when there is one.
ask() {
  local answer=''
  [[ -z ${!1:-} && -t 0 && -z ${DOMAIN_GIVEN:-} ]] || return 0
  read -r -p "$2 " answer
  printf -v "$1" '%s' "$answer"
}

write_settings() {
  local DOMAIN_GIVEN=${DOMAIN:+yes}
  DOMAIN=${DOMAIN:-} ACME_EMAIL=${ACME_EMAIL:-}
  ask DOMAIN "The name under which people reach this server (todo.my-company.org):"
  [[ -n $DOMAIN ]] || die "no domain: run DOMAIN=todo.my-company.org make prod-init (localhost to try it on this machine)"
  is_host_name "$DOMAIN" || die "'$DOMAIN' is not a host name such as todo.my-company.org"
  ask ACME_EMAIL "Your e-mail address for Let's Encrypt (empty: a self-signed certificate):"
  HTTP_PORT=${HTTP_PORT:-80} HTTPS_PORT=${HTTPS_PORT:-443}
  local port
  for port in "$HTTP_PORT" "$HTTPS_PORT"; do is_port "$port" || die "'$port' is not a port"; done

  cat >"$settings.new" <<EOF
# Settings of the production stack, made by make prod-init. Change them here, then run make prod-up. There are no secrets in
# it: those are in secrets/. .env.example says what else can be set, docs/deployment.md when one would.
COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-todo}
APP_ENV=production

# Where people reach it; PUBLIC_URL follows from the other two.
DOMAIN=$DOMAIN
HTTP_PORT=$HTTP_PORT
HTTPS_PORT=$HTTPS_PORT
PUBLIC_URL=$(public_address "$DOMAIN" "$HTTPS_PORT")

# With an e-mail address a certificate is obtained from Let's Encrypt and renewed; empty: a self-signed one.
ACME_EMAIL=$ACME_EMAIL

# How many servers share the work (make scale BACKEND=4).
BACKEND_REPLICAS=2

# false: only administrators make accounts.
REGISTRATION_OPEN=true

# Mail: smtps://user@mail.my-company.org:465 (the password is in secrets/smtp_password). Empty: no mail is sent.
SMTP_URL=
MAIL_FROM=
EOF
  chmod 0644 "$settings.new"
  mv "$settings.new" "$settings"
  say "wrote $settings for $(public_address "$DOMAIN" "$HTTPS_PORT")"
}

if [[ -e $settings ]]; then say "left $settings as it is"; else write_settings; fi
[[ -d $secrets ]] || (umask 077 && mkdir "$secrets")
for name in "${production_secrets[@]}" smtp_password; do
  [[ ! -e $secrets/$name ]] || say "left $secrets/$name as it is"
done
make_secrets "$secrets" "${production_secrets[@]}" smtp_password
mkdir -p data/uploads backups/state logs/nginx logs/backend logs/database

say "keep a copy of $settings and $secrets/ in a safe place: backups cannot be used without the secrets"
say "next: make prod-up"
