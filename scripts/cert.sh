#!/usr/bin/env bash
# Obtains the certificate now, or renews it if due (FORCE=1: in any case), and reports errors. With CERT_FILE and KEY_FILE,
# installs your own certificate after checking it.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"
export STACK=prod
use_stack

[[ -n $(compose ps --quiet --status running nginx) ]] || die "the stack does not run: make prod-up"

# in_edge SCRIPT: where the certificates are, and openssl.
in_edge() { compose exec -T nginx bash -euc "umask 077; cd /certificates; $1"; }

if [[ -n ${CERT_FILE:-}${KEY_FILE:-} ]]; then
  [[ -n ${CERT_FILE:-} && -n ${KEY_FILE:-} ]] || die "set both CERT_FILE (the whole chain) and KEY_FILE"
  for file in "$CERT_FILE" "$KEY_FILE"; do [[ -r $file ]] || die "cannot read $file"; done
  in_edge 'mkdir -p incoming; cat >incoming/privkey.pem' <"$KEY_FILE"
  in_edge 'cat >incoming/fullchain.pem' <"$CERT_FILE"
  said=$(in_edge '/opt/edge/check-certificate.sh incoming' </dev/null) || {
    in_edge 'rm -r incoming' </dev/null
    printf '%s\n' "$said" >&2
    die "that certificate cannot be used; the one of before stays"
  }
  [[ -z $said ]] || printf '%s\n' "$said" >&2
  in_edge 'mkdir -p live; mv -f incoming/privkey.pem live/privkey.pem; mv -f incoming/fullchain.pem live/fullchain.pem; rmdir incoming' </dev/null
else
  arguments=()
  [[ -z ${FORCE:-} ]] || arguments=(--force)
  compose exec -T acme /opt/acme/obtain.sh "${arguments[@]}" || die "no certificate; the reasons are above"
fi

# The edge looks each second; it shows the new one as soon as it has reloaded. No answer at all is not "the same".
say "waiting until the edge shows it"
# shellcheck disable=SC2016
is_shown='shown=$(openssl s_client -connect 127.0.0.1:8443 -servername "$DOMAIN" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint) &&
  [[ $shown == "$(openssl x509 -in /certificates/live/fullchain.pem -noout -fingerprint)" ]]'
for _ in {1..20}; do
  if compose exec -T nginx bash -c "$is_shown" 2>/dev/null; then
    compose exec -T nginx openssl x509 -in /certificates/live/fullchain.pem -noout -subject -issuer -enddate
    exit
  fi
  sleep 1
done
die "the edge does not show the new certificate: does it belong to $(setting DOMAIN), and the key to it? make logs S=nginx"
