#!/usr/bin/env bash
# Checks the Helm chart without a cluster: Helm's lint, its output for each file of ci/ against snapshots and Kubernetes' schemas, and values
# that it must refuse. check-chart.sh --write updates the snapshots.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
"$repo/scripts/ensure.sh" helm linters promtool
export PATH="$target_dir/linters/bin:$target_dir/helm/bin:$PATH"
chart=deploy/helm/todo-list-plus
snapshots=deploy/helm/test/snapshots
kubernetes=1.34.0

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=''
wrong() {
  echo "$*"
  failed=yes
}

# Ignore the chart's version and random values.
render() { # VALUES
  local version
  version=$(sed -n 's/^version: //p' "$chart/Chart.yaml")
  helm template todo "$chart" --namespace tasks --values "$1" |
    sed -E "s/todo-list-plus-${version//./\\.}$/todo-list-plus-VERSION/; s/(app.kubernetes.io\/version: )\"${version//./\\.}\"/\1VERSION/
      s/^(  (jwt_secret|redis_password): )\"[A-Za-z0-9+\/=]{48,}\"$/\1RANDOM/"
}

for values in "$chart"/ci/*.yaml; do
  name=$(basename "$values")
  helm lint --strict --quiet "$chart" --values "$values" || wrong "$values: helm lint"
  render "$values" >"$dir/$name" || { wrong "$values cannot be rendered" && continue; }
  if [[ ${1:-} == --write ]]; then
    cp "$dir/$name" "$snapshots/$name"
  else
    diff -u "$snapshots/$name" "$dir/$name" || wrong "$name differs from its snapshot. If this is intended: scripts/check-chart.sh --write"
  fi
  # The operators' kinds have no schema here; make test-kubernetes validates them with an API server.
  kubernetes-validate --strict --quiet --no-warn -k "$kubernetes" "$dir/$name" || wrong "$name: Kubernetes $kubernetes refuses it"
done

# The alerts, as rendered for ci/operators.yaml.
python3 - "$dir/operators.yaml" >"$dir/alerts.yaml" <<'PYTHON'
import sys
import yaml
with open(sys.argv[1]) as rendered:
    rules = next(one for one in yaml.safe_load_all(rendered) if one and one["kind"] == "PrometheusRule")
yaml.safe_dump(rules["spec"], sys.stdout)
PYTHON
cp deploy/helm/test/alerts.test.yaml "$dir/"
promtool test rules "$dir/alerts.test.yaml" >"$dir/out" 2>&1 || { cat "$dir/out" && wrong "the alerts differ from what alerts.test.yaml expects"; }
# Every rule needs a test in which it fires.
diff <(sed -n 's/^ *- alert: //p' "$chart/files/alerts.yaml" | sort) \
  <(grep -A1 'alertname: Todo' deploy/helm/test/alerts.test.yaml | grep -B1 'exp_labels' | sed -n 's/^ *alertname: //p' | sort) ||
  wrong "alerts.test.yaml does not test every alert"

# refuses MESSAGE OPTION…
refuses() {
  local says=$1
  shift
  if helm template todo "$chart" --values "$chart/ci/plain.yaml" "$@" >"$dir/out" 2>&1; then
    wrong "the chart accepts $*"
  else
    grep -q -e "$says" "$dir/out" || { cat "$dir/out" && wrong "the chart does not say '$says' for $*"; }
  fi
}
refuses 'publicUrl is empty' --set publicUrl=
refuses publicUrl --set publicUrl=todo.example.org
refuses 'image.registry is empty' --set image.registry=
refuses 'database.external.host is empty' --set database.external.host=
refuses 'neither existingSecret nor password' --set database.external.existingSecret=
refuses 'redis.external.host is empty' --set redis.mode=external
refuses replicas --set backend.replicas=0
refuses replicsa --set backend.replicsa=3
refuses REGISTRATION_OPNE --set settings.REGISTRATION_OPNE=false
refuses JWT_SECRET --set settings.JWT_SECRET=in-a-configmap
refuses 'choose one' --set gateway.enabled=true --set 'gateway.parentRefs[0].name=public'
refuses destinationPath --set database.mode=cloudnativepg --set database.cloudnativepg.backup.enabled=true

# What exists twice: for Compose and for the chart.
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[[ $(grep -cxE "(version|appVersion): $version" "$chart/Chart.yaml") == 2 ]] ||
  wrong "Chart.yaml: version and appVersion differ from $version in Cargo.toml"
while IFS= read -r header; do
  grep -qF -e "$header" "$chart/files/page-headers.conf" || wrong "files/page-headers.conf lacks: $header"
done < <(sed -nE 's/^add_header (X-Content|X-Frame|Referrer|Permissions|Cross)/add_header \1/p' nginx/conf/security-headers.conf
  sed -nE 's/^ *default (".*");$/add_header Content-Security-Policy \1 always;/p' nginx/conf/content-security-policy.conf)
# Secrets, addresses, and folders that the image does not have are set by the chart.
own='APP_ENV|REVISION|HOST|PORT|PUBLIC_URL|TRUSTED_PROXIES|METRICS_TOKEN|STATIC_DIR|DATABASE_(URL|DIRECT_URL|PASSWORD)|DATA_DIR|POSTGRES_BIN'
own+='|LOG_(DIR|KEEP_DAYS)|OTEL_EXPORTER_OTLP_HEADERS|REDIS_(URL|PASSWORD)|SMTP_PASSWORD|JWT_SECRET(_OLD)?|(DRAIN|SHUTDOWN_TIMEOUT)_SECONDS|BACKUP_STATUS_FILE'
diff <(sed -nE 's/^([A-Z_]+)=.*/\1/p' .env.example | grep -vxE "$own" | sort) \
  <(python3 -c 'import json, sys; print(*sorted(json.load(open(sys.argv[1]))["properties"]["settings"]["properties"]), sep="\n")' "$chart/values.schema.json") ||
  wrong "values.schema.json: settings differ from .env.example"

[[ -z $failed ]]
