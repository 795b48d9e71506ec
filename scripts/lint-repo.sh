#!/usr/bin/env bash
# Lints everything that is neither Rust nor front end: lint-repo.sh
# [scripts|images|migrations|workflows|dependencies|load|chart|secrets]…, default all. Continues after a failure, so that one run shows
# everything.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
"$repo/scripts/ensure.sh" linters
export PATH="$target_dir/linters/bin:$PATH"

lint_scripts() {
  { git ls-files '*.sh' && git grep -lIE '^#!.*\b(ba|da)?sh$'; } | sort --unique | xargs --max-args 10 --max-procs 4 shellcheck --external-sources
}

lint_images() {
  git ls-files '*Dockerfile' | xargs hadolint || return 1
  diff <(git ls-files '*Dockerfile' | sort) <(scripts/images.sh list | awk '{ print $3 }' | sort) ||
    { echo "scripts/images.sh does not list all Dockerfiles, or one that is not there." && return 1; }
}

# Applied migrations are never changed, so findings in those older than these rules are in a list with reasons; everything else
# fails. In a new one, put `-- squawk-ignore RULE` with the reason above the statement.
lint_migrations() {
  local known=database/squawk-exceptions.txt dir file status off options new stale
  # - require-statement-timeout: a migration takes as long as its data need, and one that is cut off begins anew at every start. What
  #   holds others up is waiting for a lock, and lock_timeout bounds that.
  # - prefer-bigint-over-…: ids are UUIDs, revisions and sizes bigint; smaller numbers are weekdays, minutes and counts with a limit,
  #   which squawk cannot see.
  off=require-statement-timeout,prefer-bigint-over-int,prefer-bigint-over-smallint
  dir=$(mktemp -d)
  for file in database/migrations/*.sql; do
    # Like `todo migrate`: in a transaction, unless its first line says otherwise; such a file can contain only one statement, and
    # so no setting.
    options=(--exclude="$off" --assume-in-transaction)
    [[ $(head -n 1 "$file") != '-- no-transaction'* ]] || options=(--exclude="$off,require-lock-timeout")
    status=0
    squawk --pg-version 15.0 "${options[@]}" --reporter gcc "$file" >>"$dir/found" || status=$?
    ((status <= 1)) || die "squawk could not read $file"
  done
  sed -nE 's|^.*/([0-9]+)_[^:]*:[0-9]+:[0-9]+: [a-z]+: ([a-z-]+) .*|\1 \2|p' "$dir/found" | sort --unique >"$dir/new"
  sed -nE 's|^([0-9]+ [a-z-]+)( .*)?$|\1|p' "$known" | sort >"$dir/known"
  new=$(comm -23 "$dir/new" "$dir/known")
  stale=$(comm -13 "$dir/new" "$dir/known")
  [[ -z $new ]] || while read -r number rule; do grep -F "/${number}_" "$dir/found" | grep -F " $rule "; done <<<"$new"
  [[ -z $stale ]] || printf '%s names what is not found any more: %s\n' "$known" "$stale"
  rm -rf "$dir"
  [[ -z $new$stale ]]
}

lint_workflows() {
  actionlint &&
    zizmor --quiet --offline --persona pedantic .github &&
    check-jsonschema --quiet --builtin-schema vendor.gitlab-ci .gitlab-ci.yml &&
    check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
}

# Known vulnerabilities are checked by `make scan`: they come from outside and would fail unrelated changes.
lint_dependencies() {
  "$repo/scripts/ensure.sh" rust
  cargo-deny --locked check --hide-inclusion-graph bans licenses sources
}

# k6 need not be installed for it.
lint_load() {
  "$repo/scripts/ensure.sh" k6-types
  (cd load && npm run --silent check)
}

lint_chart() { scripts/check-chart.sh; }

# Committed files with their history, and uncommitted ones.
lint_secrets() {
  local options=(--no-banner --log-level warn --redact --verbose)
  gitleaks git "${options[@]}" . || return 1
  { git diff HEAD && git ls-files --others --exclude-standard -z | xargs --null --no-run-if-empty cat; } |
    gitleaks stdin "${options[@]}" || { echo "That is in what is not committed yet." && return 1; }
}

[[ $# -gt 0 ]] || set -- scripts images migrations workflows dependencies load chart secrets
failed=()
for part in "$@"; do
  declare -F "lint_$part" >/dev/null || die "lint-repo.sh does not know '$part'"
  say "lint: $part"
  "lint_$part" || failed+=("$part")
done
[[ ${#failed[@]} -eq 0 ]] || die "lint: ${failed[*]}"
