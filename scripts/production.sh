# shellcheck shell=bash
# What production insists on before anything is started. Source it after lib.sh and containers.sh, and after use_stack.

readonly production_secrets=(database_password redis_password jwt_secret)
# In a secret that somebody chose, or that a document showed.
readonly weak_words='change|secret|password|passwort|default|example|development|placeholder|replace|your-|your_|qwerty|letmein'

secrets_folder() {
  local folder
  folder=$(setting SECRETS_DIR)
  echo "${folder:-./secrets}"
}

# distinct_characters TEXT
distinct_characters() { fold -w 1 <<<"$1" | sort -u | wc -l; }

# problem_of_secret FILE: why it cannot be used; nothing when it can.
problem_of_secret() {
  local file=$1 value
  if [[ ! -e $file ]]; then
    echo "is missing: make prod-init makes it"
    return
  fi
  if [[ ! -r $file ]]; then
    echo "cannot be read by $(id -un)"
    return
  fi
  value=$(tr -d '\r\n' <"$file")
  if [[ ${#value} -lt 32 ]]; then
    echo "is too short: ${#value} characters, and 32 are needed"
  elif [[ $value =~ [[:space:]] ]]; then
    echo "has blanks in it"
  elif grep -qiE "$weak_words" <<<"$value"; then
    echo "is a default or a placeholder"
  elif [[ $(distinct_characters "$value") -lt 8 ]]; then
    echo "is too regular"
  fi
}

secret_problems() {
  local folder name problem
  folder=$(secrets_folder)
  for name in "${production_secrets[@]}"; do
    problem=$(problem_of_secret "$folder/$name")
    [[ -z $problem ]] || echo "$folder/$name $problem"
  done
  [[ -e $folder/smtp_password ]] || echo "$folder/smtp_password is missing: make prod-init makes it (empty is allowed)"
  if [[ -d $folder ]]; then
    [[ $(ls -ld "$folder") == drwx------* ]] || echo "$folder can be entered by others: chmod 700 $folder"
  fi
  # Two of the same would let one leak open two doors.
  local repeated
  repeated=$(for name in "${production_secrets[@]}"; do cksum <"$folder/$name"; done 2>/dev/null | sort | uniq -d)
  [[ -z $repeated ]] || echo "$folder holds the same secret twice: each needs its own"
}

# A name or an IPv4 address that people type into the browser.
is_host_name() { [[ $1 =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ ]]; }
is_port() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] && (($1 < 65536)); }

# public_address DOMAIN HTTPS_PORT
public_address() {
  local port=":$2"
  [[ $2 != 443 ]] || port=''
  echo "https://$1$port"
}

setting_problems() {
  local domain public port name
  domain=$(setting DOMAIN) public=$(setting PUBLIC_URL) port=$(setting HTTPS_PORT)
  for name in HTTP_PORT HTTPS_PORT; do
    [[ -z $(setting "$name") ]] || is_port "$(setting "$name")" || echo "$name is '$(setting "$name")', not a port"
  done
  if [[ -z $domain ]]; then
    echo "DOMAIN is not set: the name under which people reach the server"
    return
  elif ! is_host_name "$domain"; then
    echo "DOMAIN is '$domain', not a host name"
  elif [[ $domain =~ (^|\.)example\.(com|net|org)$ ]]; then
    echo "DOMAIN is '$domain', a name for examples only"
  fi
  if [[ ${public%/} != "$(public_address "$domain" "${port:-443}")" ]]; then
    echo "PUBLIC_URL is '$public', but DOMAIN and HTTPS_PORT make it $(public_address "$domain" "${port:-443}")"
  fi
  if [[ -n $(setting BACKUP_S3_BUCKET) && -z $(setting BACKUP_AGE_RECIPIENT) ]]; then
    echo "BACKUP_S3_BUCKET is set and BACKUP_AGE_RECIPIENT is not: copies leave this machine encrypted only (docs/deployment.md, Encryption)"
  fi
  [[ $(setting APP_ENV) == production ]] || echo "APP_ENV is '$(setting APP_ENV)', not production"
}

# Names everything that is wrong at once, and never a secret's value.
insist_on_production_settings() {
  local problems
  problems=$(
    setting_problems | sed 's/^/.env.production: /'
    secret_problems
  )
  [[ -n $problems ]] || return 0
  printf 'error: production cannot start like this:\n' >&2
  printf '  - %s\n' "${problems//$'\n'/$'\n  - '}" >&2
  exit 1
}
