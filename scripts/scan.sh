#!/usr/bin/env bash
# Looks for known vulnerabilities: scan.sh [advisories|packages|images]…, all of them when none is named.
#   advisories   Rust's dependencies, by RustSec's database (policy: deny.toml)
#   packages     the page's packages, by npm's (policy: below)
#   images       those of `make images`, by Grype's (policy: .grype.yaml)
# The databases are on the Internet. What cannot be looked at is said, and with STRICT=yes fails.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

found=() skipped=()

scan_advisories() {
  local status=0
  "$repo/scripts/ensure.sh" rust linters
  "$target_dir/linters/bin/cargo-deny" --locked fetch db || { skipped+=("advisories: RustSec's database cannot be had") && return; }
  "$target_dir/linters/bin/cargo-deny" --locked --offline check advisories || status=$?
  [[ $status -eq 0 ]] || found+=(advisories)
}

# Shipped packages fail from "moderate" on, build and test packages from "high" on.
scan_packages() {
  local folder
  "$repo/scripts/ensure.sh" node
  for folder in frontend load backend/tests/smtp backend/tests/webhooks; do
    npm_audit "$folder" high
  done
  npm_audit frontend moderate --omit=dev
}

# npm_audit FOLDER LEVEL …: npm fails in the same way when it finds something and when it cannot ask.
npm_audit() {
  local folder=$1 level=$2 answer
  shift 2
  answer=$(cd "$folder" && npm audit --package-lock-only --json "$@" 2>/dev/null) || true
  if ! node -e 'process.exit(JSON.parse(process.argv[1]).metadata?.vulnerabilities ? 0 : 1)' "$answer" 2>/dev/null; then
    skipped+=("packages of $folder: npm's database cannot be had")
  elif ! (cd "$folder" && npm audit --package-lock-only --audit-level="$level" "$@"); then
    found+=("packages of $folder")
  fi
}

scan_images() {
  local name image
  have grype || { skipped+=("images: Grype is missing (https://github.com/anchore/grype)") && return; }
  grype db update || { skipped+=("images: Grype's database cannot be had") && return; }
  while read -r name _; do
    image=${IMAGE_REGISTRY:-todo-list-plus}/$name:${TAG:-$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)}
    say "image $image"
    if ! [[ -n ${IMAGE_REGISTRY:-} ]] && ! docker image inspect "$image" >/dev/null 2>&1; then
      skipped+=("image $image: it is not there (make images)")
    elif ! grype --config .grype.yaml "$image"; then
      found+=("image $image")
    fi
  done < <(scripts/images.sh list)
}

[[ $# -gt 0 ]] || set -- advisories packages images
for part in "$@"; do
  declare -F "scan_$part" >/dev/null || die "scan.sh does not know '$part'"
  say "scan: $part"
  "scan_$part"
done
[[ ${#skipped[@]} -eq 0 ]] || { echo "Not looked at:" && printf '  %s\n' "${skipped[@]}"; }
[[ ${#found[@]} -eq 0 ]] || { echo "Vulnerable:" && printf '  %s\n' "${found[@]}"; }
[[ ${#found[@]} -eq 0 ]] || die "docs/security.md says what to do"
[[ ${#skipped[@]} -eq 0 || ${STRICT:-} != yes ]] || die "not everything was looked at"
