# shellcheck shell=bash
# What production insists on before anything is started. Source it after lib.sh and containers.sh, and after use_stack.

# The second one belongs to the database's other login (scripts/rotate.sh).
readonly production_secrets=(database_password database_password_alternate redis_password jwt_secret)
# In a secret chosen by a person, or shown in documentation.
readonly weak_words='change|secret|password|passwort|default|example|development|placeholder|replace|your-|your_|qwerty|letmein'

# 64 hexadecimal digits: 256 bits, and no character that any program could take for its own.
random_secret() { od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# make_secrets FOLDER NAME…: creates missing ones; smtp_password, which only the mail server's owner knows, is empty. Readable by
# the containers' users; the folder keeps other users of this machine out.
make_secrets() {
  local folder=$1 name file value
  for name in "${@:2}"; do
    file=$folder/$name
    [[ ! -e $file ]] || continue
    value=''
    [[ $name == smtp_password ]] || value=$(random_secret)
    (umask 077 && printf '%s' "$value" >"$file.new")
    chmod 0444 "$file.new"
    mv "$file.new" "$file"
    say "wrote $file"
  done
}

# An installation of an older version has all but those that are new. Where the others are missing too, make prod-init is meant.
make_missing_secrets() {
  local folder
  folder=$(secrets_folder)
  [[ ! -e $folder/database_password ]] || make_secrets "$folder" database_password_alternate
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

# Settings that Compose and the scripts read; the servers and the edge check their own (check_configuration).
number_problems() {
  local name value
  for name in BACKEND_REPLICAS BACKUP_RETRY_MINUTES BACKUP_KEEP_DAILY BACKUP_KEEP_WEEKLY BACKUP_KEEP_MONTHLY; do
    value=$(setting "$name")
    [[ -z $value || $value =~ ^(0|[1-9][0-9]{0,3})$ ]] || echo "$name is '$value', not a whole number"
  done
  [[ $(setting BACKEND_REPLICAS) != 0 ]] || echo "BACKEND_REPLICAS is 0, and one is needed at least"
  for name in BACKUP_INTERVAL_HOURS BACKUP_MAX_AGE_HOURS; do
    value=$(setting "$name")
    [[ -z $value || $value =~ ^[0-9]+(\.[0-9]+)?$ ]] || echo "$name is '$value', not a number of hours"
  done
  value=$(setting BACKUP_TIME)
  [[ -z $value || $value =~ ^([01][0-9]|2[0-3]):[0-5][0-9]$ ]] || echo "BACKUP_TIME is '$value', not a time such as 03:00"
}

# A name that nothing reads is a typing error, or of another version.
unknown_settings() {
  local name
  sed -nE 's/^([A-Z][A-Z0-9_]*)=.*/\1/p' .env.production | while read -r name; do
    grep -qE "^(# )?$name=" .env.example || grep -q "{$name\b\|^ *$name:" docker-compose*.yml ||
      say ".env.production: nothing reads $name; .env.example lists what there is"
  done
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
  number_problems
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
