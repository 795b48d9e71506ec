# shellcheck shell=bash
# shellcheck disable=SC2154 # env_files is containers.sh's
# What make doctor asks the proxy, as a browser would. Source it in doctor.sh.

# ask PATH CURL_OPTIONS…: by the public name, but on this machine, whatever the name leads to elsewhere.
ask() {
  local path=$1
  shift
  curl --silent --show-error --max-time 10 --resolve "$edge_host:$edge_port:127.0.0.1" "$@" "$edge$path"
}

# The value of a header of an answer on standard input.
header() { tr -d '\r' | sed -n "s/^$1: *//Ip" | head -n 1; }

check_edge() {
  local edge edge_host edge_port
  if [[ $STACK == prod ]]; then
    edge_host=$(setting DOMAIN)
    edge_port=$(setting HTTPS_PORT)
    edge_port=${edge_port:-443}
    edge=$(public_address "$edge_host" "$edge_port")
  else
    edge_host=localhost
    edge_port=$(setting HTTP_PORT)
    edge=http://localhost:$edge_port
  fi
  if [[ -z $(compose ps --quiet --status running nginx) ]]; then
    check_ports_are_free
    return
  fi
  check_page || return 0
  check_upgrade
  check_cookie
  [[ $STACK != prod ]] || {
    check_redirect
    check_trust
  }
}

# Before it has started: would it get its ports?
check_ports_are_free() {
  local name port
  for name in HTTP_PORT $([[ $STACK == prod ]] && echo HTTPS_PORT); do
    port=$(setting "$name")
    if [[ -n $port ]] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      problem "Another program listens on port $port ($name)." \
        "ss -ltnp 'sport = :$port' shows which one. Stop it, or choose another port in ${env_files[0]}."
    fi
  done
  problem "The proxy does not run." "make $STACK-up starts it; make logs S=nginx shows why it does not."
}

check_page() {
  local answer
  if ! answer=$(ask /health/ready --insecure --write-out '\n%{http_code}' 2>&1); then
    problem "$edge does not answer on this machine: $(grep --max-count=1 ^curl <<<"$answer")" \
      "make status shows the ports that Docker publishes, make logs S=nginx why it is silent."
    return 1
  fi
  if [[ ${answer##*$'\n'} == 200 ]]; then
    fine "$edge answers, and the server behind it is ready."
  else
    problem "$edge answers with ${answer##*$'\n'}: no server is ready behind it." "make status, make logs S=backend"
    return 1
  fi
  [[ $STACK == prod ]] || return 0
  answer=$(ask / --insecure --head 2>/dev/null | header strict-transport-security) || true
  if [[ -n $answer ]]; then
    fine "Browsers are told to come by HTTPS only (HSTS: $answer)."
  else
    warn "The page does not tell browsers to come by HTTPS only: Strict-Transport-Security is missing." \
      "Remove HSTS= from .env.production, then make prod-up."
  fi
}

check_upgrade() {
  local code
  # An open connection has no end: curl gives up after its time, and that is no fault.
  code=$(ask /api/v1/ws --insecure --http1.1 --max-time 3 --output /dev/null --write-out '%{http_code}' \
    --header 'Connection: Upgrade' --header 'Upgrade: websocket' --header "Origin: $edge" \
    --header 'Sec-WebSocket-Version: 13' --header "Sec-WebSocket-Key: $(head -c 16 /dev/urandom | base64)" \
    2>/dev/null) || true
  case $code in
    101) fine "The live connection (WebSocket) gets through the proxy." ;;
    403) problem "The server refuses the live connection for pages of $edge." \
      "PUBLIC_URL ($(setting PUBLIC_URL)) must be the address that people type: correct it, then make $STACK-up." ;;
    *) problem "The live connection (WebSocket) does not get through the proxy: it answers ${code:-nothing}, not 101." \
      "A proxy before this one must pass Upgrade and Connection on; make logs S=nginx shows what arrives." ;;
  esac
}

# Signing out without a session ends none, and takes the cookie away, which is sent with all its attributes.
check_cookie() {
  local cookie flag missing=() wanted=(HttpOnly SameSite=Strict)
  [[ $STACK != prod ]] || wanted+=(Secure)
  cookie=$(ask /api/v1/auth/logout --insecure --request POST --dump-header - --output /dev/null 2>/dev/null | header set-cookie) || true
  if [[ -z $cookie ]]; then
    warn "The server sent no cookie to look at." "make logs S=backend; after many sign-ins it can be a rate limit: wait 15 minutes."
    return
  fi
  for flag in "${wanted[@]}"; do
    grep -qiE "; *$flag(;|\$)" <<<"$cookie" || missing+=("$flag")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then
    fine "The session cookie is ${wanted[*]}."
  else
    problem "The session cookie lacks ${missing[*]}." "Remove COOKIE_SECURE=false from .env.production, then make prod-up."
  fi
}

check_redirect() {
  local port answer
  port=$(setting HTTP_PORT)
  port=${port:-80}
  answer=$(curl --silent --max-time 10 --resolve "$edge_host:$port:127.0.0.1" --output /dev/null \
    --write-out '%{http_code} %{redirect_url}' "http://$edge_host:$port/") || true
  if [[ $answer == 30[18]" $edge/" ]]; then
    fine "HTTP (port $port) leads to $edge."
  else
    problem "HTTP (port $port) does not lead to $edge, but answers: $answer" \
      "Look whether DOMAIN, HTTP_PORT and HTTPS_PORT in .env.production are right, then make prod-up."
  fi
}

# With the authorities that this machine knows, as browsers do.
check_trust() {
  local answer
  if answer=$(ask /health --output /dev/null 2>&1); then
    fine "This machine trusts the certificate."
  else
    answer=${answer%%$'\n'*}
    warn "This machine does not trust the certificate (${answer#curl: (*) }), and browsers will warn of it." \
      "Set ACME_EMAIL in .env.production and run make prod-up, or make cert; for a try on this machine it does not matter."
  fi
}
