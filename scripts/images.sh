#!/usr/bin/env bash
# The images of a release.
#   images.sh build [NAME]
#                       all of them, or one, for this machine's architecture: IMAGE_REGISTRY/NAME:TAG. PUSH=yes pushes them, each with an SBOM and
#                       its provenance beside it
#   images.sh publish   joins what was pushed as TAG-amd64 and TAG-arm64 to TAG, signs that by cosign (keyless), and writes the digests to
#                       IMAGE_DIGESTS
#   images.sh list      their names, and where each is built
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"

# Name, context, Dockerfile.
images='backend   .                   backend/Dockerfile
frontend  frontend            frontend/Dockerfile
nginx     nginx               nginx/Dockerfile
acme      nginx/acme          nginx/acme/Dockerfile
pgbouncer database/pgbouncer  database/pgbouncer/Dockerfile
backup    database/backup     database/backup/Dockerfile
watchdog  watchdog            watchdog/Dockerfile'

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
registry=${IMAGE_REGISTRY:-todo-list-plus}
tag=${TAG:-$version}

build() {
  local name context dockerfile options=(--load)
  [[ ${PUSH:-} != yes ]] || options=(--push --provenance mode=max --sbom true)
  while read -r name context dockerfile; do
    [[ -z ${1:-} || $name == "$1" ]] || continue
    say "image $registry/$name:$tag"
    docker buildx build "${options[@]}" --file "$dockerfile" --tag "$registry/$name:$tag" \
      --build-arg "VERSION=$version" --build-arg "REVISION=$(git rev-parse HEAD)" \
      --build-arg "CARGO_PROFILE=${CARGO_PROFILE:-release}" "$context"
  done <<<"$images"
}

publish() {
  local name image digest digests=${IMAGE_DIGESTS:-$target_dir/image-digests.txt}
  have cosign || die "cosign is missing: https://docs.sigstore.dev/cosign/system_config/installation/"
  mkdir -p "$(dirname "$digests")"
  : >"$digests"
  while read -r name _; do
    image=$registry/$name
    docker buildx imagetools create --tag "$image:$tag" "$image:$tag-amd64" "$image:$tag-arm64"
    digest=$(docker buildx imagetools inspect "$image:$tag" --format '{{.Manifest.Digest}}')
    # The index is signed, and with it everything it references: images, SBOMs, provenance.
    cosign sign --yes "$image@$digest"
    echo "$image:$tag@$digest" | tee -a "$digests"
  done <<<"$images"
}

case ${1:-} in
  build) build "${2:-}" ;;
  publish) publish ;;
  list) echo "$images" ;;
  *) die "usage: images.sh build [NAME]|publish|list" ;;
esac
