#!/usr/bin/env bash
# release-notes.sh v1.2.3: prints this tag's section of CHANGELOG.md. Fails if the versions of server, page and tag differ, or the
# section is missing.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

[[ ${1:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || die "a release needs a tag such as v1.2.3 (VERSION=v1.2.3), and not '${1:-}'"
version=${1#v}
server=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
page=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' frontend/package.json)
[[ $server == "$version" ]] || die "Cargo.toml says $server, and the tag $version"
[[ $page == "$version" ]] || die "frontend/package.json says $page, and the tag $version"
notes=$(awk -v heading="## [$version]" 'index($0, "## [") == 1 { here = index($0, heading) == 1; next } here' CHANGELOG.md | sed '/./,$!d')
[[ -n $notes ]] || die "CHANGELOG.md has no section [$version], or an empty one"
printf '%s\n' "$notes"
