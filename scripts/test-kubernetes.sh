#!/usr/bin/env bash
# The Helm chart on a real cluster: installed, used, upgraded under load, rolled back, broken, scaled, uninstalled.
#
#   KUBECONFIG   the cluster; without it, KUBERNETES_CLUSTER (a script with up, load, env and down) starts one with a single node
#   INGRESS      the address of its Ingress controller, as reachable from this machine
#   IMAGE_REGISTRY, TAG, TAG_NEXT
#                two versions of the images that the cluster's nodes can pull. Without them the current source is built twice
#   KEEP=yes     keeps the namespace, and a cluster that was started here
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
"$repo/scripts/ensure.sh" node helm chart-test
export PATH="$target_dir/helm/bin:$PATH"

chart=deploy/helm/todo-list-plus
namespace=${NAMESPACE:-todo-chart-test}
# `up` starts it and `down` removes it; `load` copies images from the Docker engine, since it pulls none.
cluster=${KUBERNETES_CLUSTER:-$repo/../shared/kubernetes/cluster}
registry=${IMAGE_REGISTRY:-todo-list-plus}
tag=${TAG:-test-1}
next=${TAG_NEXT:-test-2}
dir=$(mktemp -d)
own_cluster=''
load_pid=''
passed=0

clean_up() {
  local status=$?
  trap - EXIT
  [[ -z $load_pid ]] || kill "$load_pid" 2>/dev/null || true
  if [[ $status -ne 0 && -n ${KUBECONFIG:-} ]]; then
    kubectl --namespace "$namespace" get all,ingress,pvc >&2 || true
    kubectl --namespace "$namespace" get events --sort-by=.lastTimestamp 2>/dev/null | tail -n 20 >&2 || true
    kubectl --namespace "$namespace" logs --tail 15 --prefix --all-containers --selector app.kubernetes.io/instance=todo >&2 || true
  fi
  if [[ ${KEEP:-} != yes && -n ${KUBECONFIG:-} ]]; then
    kubectl delete namespace "$namespace" --ignore-not-found --timeout 120s >/dev/null || true
    [[ -z $own_cluster ]] || "$cluster" down || true
  fi
  rm -rf "$dir"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

k() { kubectl --namespace "$namespace" "$@"; }
traffic() { INGRESS=$ingress HOST=todo.test node deploy/helm/test/traffic.mjs "$@"; }
ok() {
  passed=$((passed + 1))
  printf 'ok    %4d s  %s\n' "$SECONDS" "$*"
}
eventually() { # SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || die "timed out: $*"
    sleep 0.5
  done
}

if [[ -z ${KUBECONFIG:-} ]]; then
  [[ -x $cluster ]] || die "KUBECONFIG names no cluster, and KUBERNETES_CLUSTER no script that starts one"
  own_cluster=yes
  "$cluster" up
  eval "$("$cluster" env)"
  ingress=${INGRESS:-http://127.0.0.1:${MINI_KUBERNETES_HTTP_PORT:-26280}}
  # For a kill that nothing in the pod can delay.
  containerd=${MINI_KUBERNETES_STATE:-/var/lib/mini-kubernetes}/run/containerd.sock
else
  ingress=${INGRESS:?the address of the Ingress controller, such as http://10.0.0.7}
  containerd=''
fi
if [[ -z ${TAG:-} ]]; then
  [[ -n $own_cluster ]] || die "TAG and TAG_NEXT are not set: which images does the cluster of KUBECONFIG pull?"
  for name in backend frontend; do
    CARGO_PROFILE=${CARGO_PROFILE:-quick} IMAGE_REGISTRY=$registry TAG=$tag scripts/images.sh build "$name"
    # Another name is enough for another version: the pods are replaced anyway.
    docker tag "$registry/$name:$tag" "$registry/$name:$next"
  done
fi
if [[ -n $own_cluster ]]; then
  "$cluster" load postgres:15-bookworm redis:7-bookworm "$registry"/{backend,frontend}:"$tag" "$registry"/{backend,frontend}:"$next"
fi

kubectl delete namespace "$namespace" --ignore-not-found --timeout 180s >/dev/null
kubectl create namespace "$namespace" >/dev/null
# Every pod of the chart must satisfy the restricted standard. This test's PostgreSQL would not, so it is created before the label is set.
k create secret generic postgres --from-literal=password="$(head -c 24 /dev/urandom | base64 | tr -dc a-zA-Z0-9)" >/dev/null
k apply -f deploy/helm/test/postgres.yaml >/dev/null
k rollout status statefulset/postgres --timeout 180s >/dev/null
kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted >/dev/null

cat >"$dir/values.yaml" <<VALUES
image: { registry: "$registry" }
publicUrl: http://todo.test
database: { external: { host: postgres, existingSecret: postgres } }
settings: { RATE_LIMIT_REQUESTS_PER_USER: "off", ACCESS_TOKEN_SECONDS: 7200 }
backend: { resources: { requests: { cpu: 50m, memory: 64Mi } } }
worker: { resources: { requests: { cpu: 20m, memory: 64Mi } } }
frontend: { resources: { requests: { cpu: 10m, memory: 16Mi } } }
VALUES
release() { # install|upgrade TAG OPTION…
  local what=$1 version=$2
  shift 2
  helm "$what" todo "$chart" --namespace "$namespace" --values "$dir/values.yaml" --set image.tag="$version" --wait --timeout 5m "$@" >"$dir/helm" 2>&1 ||
    { cat "$dir/helm" >&2 && return 1; }
}
image_is() { [[ $(k get deployment/todo-todo-list-plus-backend --output 'jsonpath={.spec.template.spec.containers[0].image}') == *":$1" ]]; }
backends() { k get pods --selector app.kubernetes.io/component=backend --field-selector status.phase=Running --output name; }

# while_at_work OPTION COMMAND…: runs the command under load and checks the result of the load.
while_at_work() {
  local option=$1 status=0
  shift
  # shellcheck disable=SC2086 # an empty option is none
  INGRESS=$ingress HOST=todo.test node deploy/helm/test/traffic.mjs load "$dir/account" $option >"$dir/load" 2>&1 &
  load_pid=$!
  sleep 3
  "$@" || status=$?
  sleep 3
  kill -TERM "$load_pid"
  wait "$load_pid" || { cat "$dir/load" >&2 && die "the load failed"; }
  load_pid=''
  ((status == 0)) || die "$* failed"
  echo "      $(tail -n 1 "$dir/load")"
}

release install "$tag"
ok "install --wait, with the migrations before it and every pod within the restricted standard"
k get job,secret --output name | grep -q migrate && die "the migrate hook left something behind"
helm test todo --namespace "$namespace" --timeout 2m >"$dir/test" 2>&1 || { cat "$dir/test" >&2 && die "helm test"; }
ok "helm test"
eventually 30 traffic register "$dir/account"
traffic main "$dir/account"
ok "the main job over the Ingress, with a WebSocket"

secret() { k get secret todo-todo-list-plus --output 'jsonpath={.data.jwt_secret}'; }
before=$(secret)
while_at_work '' release upgrade "$next"
image_is "$next" || die "the new version does not run"
[[ $(secret) == "$before" ]] || die "the upgrade changed jwt_secret"
ok "upgrade under load: no failed request, no missed event, the same secret"
while_at_work '' helm rollback todo 1 --namespace "$namespace" --wait --timeout 5m
image_is "$tag" || die "the old version does not run"
ok "rollback under load"

kill_one() {
  local pod id
  pod=$(backends | head -n 1)
  if [[ -n $containerd ]]; then
    id=$(k get "$pod" --output 'jsonpath={.status.containerStatuses[0].containerID}')
    ctr --address "$containerd" --namespace k8s.io tasks kill --signal SIGKILL "${id#containerd://}"
    eventually 60 restarted "$pod"
  else
    say "a forced deletion instead of kill -9, which needs access to the node"
    k delete "$pod" --force --grace-period 0 >/dev/null 2>&1
  fi
  k rollout status deployment/todo-todo-list-plus-backend --timeout 120s >/dev/null
}
restarted() { [[ $(k get "$1" --output 'jsonpath={.status.containerStatuses[0].restartCount}') -ge 1 ]]; }
while_at_work --retry kill_one
ok "kill -9 of a server under load: nothing that was acknowledged is lost, no event missed"

evict() {
  k create --raw "/api/v1/namespaces/$namespace/pods/${1#pod/}/eviction" -f - \
    <<<"{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"${1#pod/}\"}}" 2>&1
}
evict_both() {
  local pods
  mapfile -t pods < <(backends)
  evict "${pods[0]}" >/dev/null || return 1
  evict "${pods[1]}" >"$dir/eviction" && return 1
  grep -q 'disruption budget' "$dir/eviction" || return 1
  k rollout status deployment/todo-todo-list-plus-backend --timeout 120s >/dev/null
}
while_at_work '' evict_both
ok "evictions under load: one is granted, the second refused by the budget"

scale() {
  local count
  for count in 4 2; do
    release upgrade "$tag" --set backend.replicas="$count" || return 1
    eventually 90 has "$count"
  done
}
has() { [[ $(backends | wc -l) == "$1" ]]; }
eventually 90 has 2
while_at_work '' scale
ok "2, 4, 2 servers under load"

if release upgrade "$tag" --set backend.replicas=0 2>"$dir/refused"; then die "the schema let a wrong value pass"; fi
grep -q 'replicas' "$dir/refused" || die "the schema does not name the wrong value"
ok "a wrong value is refused by the schema"

helm uninstall todo --namespace "$namespace" --wait --timeout 3m >/dev/null
[[ -z $(backends) ]] || die "servers are left after the uninstall"
release install "$tag"
eventually 30 traffic same "$dir/account"
ok "uninstall keeps the data and the secret: after another installation the same sign-in holds"

# Validates the custom resources with an API server that has the operators' definitions. The operators themselves do not run here.
if have go; then
  for module in github.com/cloudnative-pg/cloudnative-pg@v1.27.0:config/crd/bases \
    sigs.k8s.io/gateway-api@v1.3.0:config/crd/standard \
    github.com/prometheus-operator/prometheus-operator@v0.85.0:example/prometheus-operator-crd; do
    folder=$(cd "$dir" && go mod download -json "${module%:*}" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    kubectl apply --server-side --force-conflicts -f "$folder/${module#*:}" >/dev/null
  done
  # The Barman plugin is not published as a Go module, so its kind is left out.
  helm template todo "$chart" --namespace "$namespace" --values "$chart/ci/operators.yaml" --show-only templates/cloudnativepg.yaml \
    --show-only templates/monitoring.yaml --show-only templates/routes.yaml --set database.cloudnativepg.backup.enabled=false \
    --set database.cloudnativepg.restoreFrom= >"$dir/operators.yaml"
  k apply --dry-run=server --validate=strict -f "$dir/operators.yaml" >/dev/null
  ok "CloudNativePG, Gateway API and Prometheus operator: accepted by their schemas (no operator runs)"
fi
helm template todo "$chart" --namespace "$namespace" --values "$chart/ci/external.yaml" | k apply --dry-run=server --validate=strict -f - >/dev/null
ok "HPA and NetworkPolicies: accepted by the API server (not seen at work)"
echo "$passed checks passed"
