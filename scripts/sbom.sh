#!/usr/bin/env bash
# Writes CycloneDX SBOMs of program and page to SBOM_DIR: todo-server.cdx.json and todo-page.cdx.json.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
"$repo/scripts/ensure.sh" rust node sbom

out=${SBOM_DIR:-$target_dir/sbom}
mkdir -p "$out"
# It writes next to the manifest, once per workspace member.
PATH="$target_dir/cargo-cyclonedx/bin:$PATH" cargo cyclonedx --quiet --manifest-path backend/Cargo.toml --format json --spec-version 1.5 \
  --no-build-deps --target x86_64-unknown-linux-gnu --override-filename todo-server.cdx
# Removes the local path of the checkout.
sed "s|file://$repo/|file:///|g" backend/todo-server.cdx.json >"$out/todo-server.cdx.json"
rm -f {backend,bench}/todo-server.cdx.json
(cd frontend && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx --sbom-type application) >"$out/todo-page.cdx.json"
for document in "$out"/*.cdx.json; do
  node -e "const { bomFormat, components } = JSON.parse(require('fs').readFileSync(process.argv[1]));
    if (bomFormat !== 'CycloneDX' || components.length === 0) process.exit(1);
    console.log(process.argv[1] + ': ' + components.length + ' components')" "$document" || die "$document names nothing"
done
