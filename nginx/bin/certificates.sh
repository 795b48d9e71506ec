# shellcheck shell=bash
# Which certificate nginx shows: the one that was obtained (live), else a self-signed one. Source it after lib.sh.
# shellcheck disable=SC2154

live=$certificates/live
self_signed=$certificates/self-signed

# A pair is used only when the key belongs to the certificate: one that is just being written does not.
is_pair() {
  [[ -s $1/fullchain.pem && -s $1/privkey.pem ]] || return 1
  local certificate key
  certificate=$(openssl x509 -in "$1/fullchain.pem" -noout -pubkey 2>/dev/null) || return 1
  key=$(openssl pkey -in "$1/privkey.pem" -pubout 2>/dev/null) || return 1
  [[ $certificate == "$key" ]]
}

# Only for the configured domain: a certificate for the previous name must not be used for the new one.
is_live_usable() {
  is_pair "$live" && [[ $(openssl x509 -in "$live/fullchain.pem" -noout -checkhost "$DOMAIN") == *'does match'* ]]
}

# Of this domain, and valid for a week yet.
is_self_signed_current() {
  is_pair "$self_signed" &&
    openssl x509 -in "$self_signed/fullchain.pem" -noout -checkend 604800 >/dev/null &&
    [[ $(openssl x509 -in "$self_signed/fullchain.pem" -noout -subject -nameopt RFC2253) == "subject=CN=$DOMAIN" ]]
}

make_self_signed() {
  is_self_signed_current && return
  local kind=DNS names
  [[ ! $DOMAIN =~ ^[0-9.]+$ ]] || kind=IP
  names="$kind:$DOMAIN,DNS:localhost,IP:127.0.0.1"
  mkdir -p "$self_signed"
  (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=$DOMAIN" \
      -addext "subjectAltName=$names" -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
      -keyout "$self_signed/privkey.pem" -out "$self_signed/fullchain.pem" 2>/dev/null
  )
  log certificates "made a self-signed certificate for $DOMAIN; browsers warn until a real one is there (make cert)"
}

# Changes if the obtained pair is replaced.
certificate_state() { stat -c '%n %i %s %Y' "$live"/fullchain.pem "$live"/privkey.pem 2>/dev/null || true; }

# Puts the pair where nginx reads it; fails when nothing is new.
install_certificate() {
  local from=$live
  if ! is_live_usable; then
    make_self_signed
    from=$self_signed
  fi
  if cmp -s "$from/fullchain.pem" "$tls_folder/fullchain.pem" && cmp -s "$from/privkey.pem" "$tls_folder/privkey.pem"; then
    return 1
  fi
  (umask 077 && cp "$from/privkey.pem" "$tls_folder/privkey.pem" && cp "$from/fullchain.pem" "$tls_folder/fullchain.pem")
  log certificates "using $from: $(openssl x509 -in "$from/fullchain.pem" -noout -issuer -enddate | tr '\n' ' ')"
}
