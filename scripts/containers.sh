# shellcheck shell=bash
# What the scripts that call Docker Compose share. Source it after lib.sh; use_stack needs the repository as working folder.

# setting NAME: the value that Compose sees, from the shell or else from the stack's files.
setting() {
  local file value=''
  if [[ -n ${!1+set} ]]; then
    echo "${!1}"
    return
  fi
  for file in "${env_files[@]}"; do
    value=$(sed -n "s/^$1=//p" "$file" | tail -n 1 | sed -E "s/^(['\"])(.*)\1\$/\2/")
    [[ -z $value ]] || echo "$value"
  done | tail -n 1
}

# The selected stack: $STACK, otherwise production where it is set up, else development. Sets STACK, env_files and
# compose_options, and exports what the Compose files need besides the settings.
use_stack() {
  have docker || die "Docker is missing: https://docs.docker.com/engine/install/"
  docker compose version >/dev/null 2>&1 || die "Docker Compose v2 is missing: https://docs.docker.com/compose/install/"
  [[ -n ${STACK:-} ]] || if [[ -f .env.production ]]; then STACK=prod; else STACK=dev; fi
  case $STACK in
    dev)
      env_files=(.env.development)
      compose_options=(-f docker-compose.yml -f docker-compose.override.yml)
      prepare_development
      ;;
    prod)
      env_files=(.env.production)
      compose_options=(-f docker-compose.yml -f docker-compose.prod.yml)
      [[ -f .env.production ]] || die ".env.production is missing: run make prod-init"
      # The release that runs, written by prod-up and deploy.
      [[ ! -f .release.env ]] || env_files+=(.release.env)
      read_secrets_revision
      ;;
    *) die "STACK is '$STACK': it can be dev or prod" ;;
  esac
  local file
  for file in "${env_files[@]}"; do compose_options+=(--env-file "$file"); done
  VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
  REVISION=${REVISION:-$(git rev-parse HEAD 2>/dev/null || echo unknown)}
  export STACK VERSION REVISION
}

# Servers read these at startup, so changed files recreate their containers. Uses the modification time, because anything derived
# from the content would help an attacker guess it.
read_secrets_revision() {
  local folder name
  folder=$(secrets_folder)
  SECRETS_REVISION=$(for name in jwt_secret jwt_secret_old smtp_password; do
    stat --format %.9Y "$folder/$name" 2>/dev/null || true
  done | sort --numeric-sort | tail -n 1)
  export SECRETS_REVISION
}

secrets_folder() {
  local folder
  folder=$(setting SECRETS_DIR)
  echo "${folder:-./secrets}"
}

# Files written by containers into mounted folders should belong to the developer; Docker would create missing folders as root.
prepare_development() {
  DEVELOPER_UID=${DEVELOPER_UID:-$(id -u)}
  DEVELOPER_GID=${DEVELOPER_GID:-$(id -g)}
  export DEVELOPER_UID DEVELOPER_GID
  mkdir -p frontend/node_modules data/uploads backups/state logs/{nginx,backend,database}
  local folder name file value
  folder=$(setting SECRETS_DIR)
  (umask 077 && mkdir -p "$folder")
  for name in DATABASE_PASSWORD REDIS_PASSWORD JWT_SECRET SMTP_PASSWORD; do
    value=$(setting "$name")
    file=$folder/${name,,}
    if [[ ! -f $file || $(<"$file") != "$value" ]]; then
      # Readable by the containers' users; the folder keeps everyone else out.
      rm -f "$file"
      printf '%s' "$value" >"$file"
      chmod 0444 "$file"
    fi
  done
}

# compose ARGS…: Docker Compose for the stack that use_stack chose.
compose() { docker compose "${compose_options[@]}" "$@"; }

# ends_by_itself SERVICE: whether it is a one-shot service. Any other stopped service was stopped by somebody.
ends_by_itself() { [[ $1 == prepare || $1 == migrate ]]; }
