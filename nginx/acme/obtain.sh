#!/usr/bin/env bash
# Obtains a certificate for DOMAIN, or renews it when less than 30 days are left (`--force`: immediately), and installs it for the
# edge. Reports errors.
set -euo pipefail

say() { printf '%s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

directory_url=${ACME_DIRECTORY_URL:-https://acme-v02.api.letsencrypt.org/directory}
state=/certificates/acme
live=/certificates/live
challenges=/acme-challenges

[[ -n ${DOMAIN:-} ]] || fail "DOMAIN is not set in .env.production"
[[ -n ${ACME_EMAIL:-} ]] || fail "ACME_EMAIL is not set in .env.production: set it and run make prod-up"
if [[ $DOMAIN == localhost || $DOMAIN != *.* || $DOMAIN =~ ^[0-9.]+$ ]]; then
  fail "$DOMAIN is no public host name, and certificates are given for those only"
fi

# One at a time: certbot's lock does not wait.
exec 9>/tmp/obtain.lock
flock -w 300 9 || fail "another run has not ended for 5 minutes"

# The test server's certificate is from its own authority.
[[ -z ${ACME_CA_FILE:-} ]] || export REQUESTS_CA_BUNDLE=$ACME_CA_FILE

# Possible obstacles between the authority and the challenge, as seen from here.
diagnose() {
  local addresses probe answer url
  addresses=$(getent ahosts "$DOMAIN" | awk '{ print $1 }' | sort -u | paste -sd ' ') || true
  if [[ -z $addresses ]]; then
    say "- $DOMAIN has no address in DNS: make an A record (and AAAA, when the server has IPv6) for it."
    return
  fi
  say "- DNS says that $DOMAIN is at: $addresses. It must be this server."
  probe=probe-$RANDOM$RANDOM
  mkdir -p "$challenges/.well-known/acme-challenge"
  echo "$probe" >"$challenges/.well-known/acme-challenge/$probe"
  url=http://$DOMAIN/.well-known/acme-challenge/$probe
  answer=$(curl --silent --show-error --max-time 10 --noproxy '*' "$url" 2>&1) || true
  rm -f "$challenges/.well-known/acme-challenge/$probe"
  if [[ $answer == "$probe" ]]; then
    say "- http://$DOMAIN/ reaches this server from here. The authority must reach it from outside: look at its message above."
  else
    say "- http://$DOMAIN/ does not reach this server from here: $(head -c 200 <<<"$answer" | tr '\n' ' ')"
    say "  Is port 80 open in the firewall and forwarded to this machine? (HTTP_PORT must be 80 as seen from outside.)"
  fi
}

arguments=(certonly --non-interactive --agree-tos --email "$ACME_EMAIL" --no-eff-email
  --server "$directory_url" --webroot --webroot-path "$challenges" --domain "$DOMAIN" --cert-name "$DOMAIN"
  --key-type ecdsa --elliptic-curve secp256r1
  --config-dir "$state" --work-dir /tmp/certbot --logs-dir /tmp/certbot)
if [[ ${1:-} == --force ]]; then arguments+=(--force-renewal); else arguments+=(--keep-until-expiring); fi

mkdir -p "$state" /tmp/certbot
say "asking $directory_url for $DOMAIN"
if ! certbot "${arguments[@]}"; then
  say "No certificate was obtained. What can be seen from here:" >&2
  diagnose >&2
  say "The certificate of before stays in use." >&2
  exit 1
fi

# Each file whole or not at all; the edge uses them only when they belong together.
mkdir -p "$live"
for file in privkey.pem fullchain.pem; do
  (umask 077 && cp -L "$state/live/$DOMAIN/$file" "$live/$file.new")
done
if cmp -s "$live/fullchain.pem.new" "$live/fullchain.pem" && cmp -s "$live/privkey.pem.new" "$live/privkey.pem"; then
  rm -f "$live"/*.new
  say "the certificate for $DOMAIN is current"
else
  mv -f "$live/privkey.pem.new" "$live/privkey.pem"
  mv -f "$live/fullchain.pem.new" "$live/fullchain.pem"
  say "a new certificate for $DOMAIN is in place"
fi
openssl x509 -in "$live/fullchain.pem" -noout -issuer -enddate
