#!/usr/bin/env bash
# Packages or publishes the Helm chart of a release.
#   chart.sh package   CHART_DIR/todo-list-plus-VERSION.tgz
#   chart.sh publish   the same, pushed to oci://IMAGE_REGISTRY/charts with Docker's credentials and signed by cosign (keyless)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
if ! have helm; then
  "$repo/scripts/ensure.sh" helm
  export PATH="$target_dir/helm/bin:$PATH"
fi
folder=${CHART_DIR:-$target_dir/chart}

package() {
  mkdir -p "$folder"
  helm package deploy/helm/todo-list-plus --destination "$folder"
}

publish() {
  local version digest registry=${IMAGE_REGISTRY:?where to push it}
  have cosign || die "cosign is missing: https://docs.sigstore.dev/cosign/system_config/installation/"
  package
  version=$(sed -n 's/^version: //p' deploy/helm/todo-list-plus/Chart.yaml)
  # It says the digest where a log belongs.
  digest=$(helm push "$folder/todo-list-plus-$version.tgz" "oci://$registry/charts" 2>&1 | tee /dev/stderr | sed -n 's/^Digest: //p')
  [[ $digest == sha256:* ]] || die "helm push named no digest"
  cosign sign --yes "$registry/charts/todo-list-plus@$digest"
}

case ${1:-} in
  package) package ;;
  publish) publish ;;
  *) die "usage: chart.sh package|publish" ;;
esac
