#!/usr/bin/env bash
# check-certificate.sh FOLDER: can its files (fullchain.pem, privkey.pem) be used as the certificate of DOMAIN? Lists all errors,
# and warns about what is only unwise.
set -euo pipefail
folder=$1
chain=$folder/fullchain.pem key=$folder/privkey.pem
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
problems=0
problem() {
  echo "  - $*"
  problems=$((problems + 1))
}
ask() { openssl x509 -in "$parts/1.pem" -noout "$@" 2>/dev/null; }

# One file for each certificate of the chain: 1.pem is the server's own.
awk -v folder="$parts" '/-----BEGIN CERTIFICATE-----/ { number++ } number { print > (folder "/" number ".pem") }' "$chain"
count=$(find "$parts" -name '*.pem' | wc -l)
own_key=$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null) || true
if grep -q ENCRYPTED "$key"; then
  problem "the key is encrypted, and nobody is there to type its passphrase: openssl pkey -in key.pem -out plain.pem"
elif [[ -z $own_key ]]; then
  problem "KEY_FILE holds no private key in the PEM form"
fi
if [[ $count -eq 0 ]] || ! ask; then
  problem "CERT_FILE holds no certificate in the PEM form"
  exit 1
fi
own=$(ask -subject -nameopt RFC2253)

[[ -z $own_key || $own_key == "$(ask -pubkey)" ]] || problem "the key does not belong to the first certificate ($own)"
by=-checkhost
[[ ! $DOMAIN =~ ^[0-9.]+$ ]] || by=-checkip
[[ $(ask "$by" "$DOMAIN") == *'does match'* ]] ||
  problem "it is not for $DOMAIN, but for: $(ask -ext subjectAltName | tail -n +2 | xargs || true) ($own)"
now=$(date -u +%s)
from=$(date -u -d "$(ask -startdate | cut -d= -f2)" +%s) until=$(date -u -d "$(ask -enddate | cut -d= -f2)" +%s)
((from <= now)) || problem "it is not valid before $(ask -startdate | cut -d= -f2)"
((until > now)) || problem "it has expired: $(ask -enddate | cut -d= -f2)"
((until <= now || until > now + 7 * 86400)) || echo "  warning: it expires on $(ask -enddate | cut -d= -f2)"

# Each is signed by the next, and the last by an authority that browsers trust, or by itself.
for ((number = 1; number < count; number++)); do
  openssl verify -no_check_time -partial_chain -trusted "$parts/$((number + 1)).pem" "$parts/$number.pem" >/dev/null 2>&1 ||
    problem "certificate $number of the chain is not signed by the one after it: the server's own comes first, then who signed it, and so on"
done
last=$parts/$count.pem
if openssl verify -no_check_time -partial_chain -trusted "$last" "$last" >/dev/null 2>&1 &&
  [[ $(openssl x509 -in "$last" -noout -issuer_hash) == "$(openssl x509 -in "$last" -noout -subject_hash)" ]]; then
  openssl verify -no_check_time "$last" >/dev/null 2>&1 ||
    echo "  warning: it is signed by an authority that browsers do not know: everybody has to trust that one first"
elif ! openssl verify -no_check_time "$last" >/dev/null 2>&1; then
  problem "who signed the last certificate ($(openssl x509 -in "$last" -noout -issuer -nameopt RFC2253)) is not in the file, and no known" \
    "authority. Append the intermediate certificate; for an authority of your own, that one's certificate, too"
fi
((problems == 0))
