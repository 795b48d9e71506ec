# shellcheck shell=bash
# What the scripts share. Source it; it changes nothing by itself.

repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# Where cargo builds (an absolute path).
target_dir="${CARGO_TARGET_DIR:-target}"
[[ $target_dir == /* ]] || target_dir="$repo/$target_dir"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# apt_install PACKAGE…: as root on Debian and its relatives; otherwise fails.
apt_install() {
  { [[ $EUID -eq 0 ]] && have apt-get; } || return 1
  say "installing $* (apt-get)"
  # A package list may be there and be too old, so a failure is tried again with a new one.
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2 || {
    apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2
  }
}

# The folder with PostgreSQL's programs: POSTGRES_BIN, else version 15, else the newest one after it.
find_postgres() {
  local bin major best='' best_rank=0 rank
  if [[ -n ${POSTGRES_BIN:-} ]]; then
    [[ -x $POSTGRES_BIN/initdb ]] || return 1
    echo "$POSTGRES_BIN"
    return
  fi
  local candidates=()
  have initdb && candidates+=("$(dirname "$(readlink -f "$(command -v initdb)")")")
  candidates+=(/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin)
  for bin in "${candidates[@]}"; do
    [[ -x $bin/initdb && -x $bin/postgres ]] || continue
    major=$("$bin/postgres" --version | sed -E 's/.*\(PostgreSQL\) ([0-9]+).*/\1/')
    rank=$((major == 15 ? 1000 : major))
    ((major >= 15 && rank > best_rank)) || continue
    best=$bin best_rank=$rank
  done
  [[ -n $best ]] && echo "$best"
}

# The user as whom root runs PostgreSQL, which refuses to run as root.
service_user() {
  local user
  for user in postgres nobody; do
    id "$user" >/dev/null 2>&1 && echo "$user" && return
  done
  return 1
}

# exec_as USER CMD…: replaces the (sub)shell by CMD, run as USER.
exec_as() {
  local user=$1
  shift
  if [[ $user == "$(id -un)" ]]; then
    exec "$@"
  fi
  exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
}

# A free port on 127.0.0.1 below the system's ephemeral range.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
      echo "$port"
      return
    }
  done
  return 1
}

# part NAME CMD…: runs CMD, and remembers how long it took for tell_parts.
parts=''
part() {
  local name=$1 started=$SECONDS status=0
  shift
  "$@" || status=$?
  parts+=$(printf '%5d s  %s' $((SECONDS - started)) "$name")
  ((status == 0)) || parts+=" (failed)"
  parts+=$'\n'
  return "$status"
}
tell_parts() {
  [[ -z $parts ]] || printf 'How long each part took:\n%s%5d s  together\n' "$parts" "$SECONDS"
}
