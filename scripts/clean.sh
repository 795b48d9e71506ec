#!/usr/bin/env bash
# Lists what it would delete of this project, asks, and deletes it. YES=1 skips the question.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/containers.sh
. "$(dirname "$0")/containers.sh"
cd "$repo"

asked_for=${STACK:-}
containers='' networks='' volumes='' images=''
if have docker && docker info >/dev/null 2>&1; then
  use_stack
  project=$(compose config --format json | sed -n 's/^  "name": "\(.*\)",\{0,1\}$/\1/p' | head -n 1)
  [[ -n $project ]] || die "the name of the Compose project is not known"
  mine=(--filter "label=com.docker.compose.project=$project")
  containers=$(docker ps --all "${mine[@]}" --format '{{.Names}}')
  networks=$(docker network ls "${mine[@]}" --format '{{.Name}}')
  volumes=$(docker volume ls "${mine[@]}" --format '{{.Name}}')
  images=$(docker image ls --filter "reference=$project/*" --format '{{.Repository}}:{{.Tag}}')
fi
built=()
# Not $CARGO_TARGET_DIR: others may build there too.
for folder in target frontend/dist frontend/node_modules; do
  [[ ! -e $folder ]] || built+=("$folder")
done

list() {
  [[ -z $2 ]] || printf '%s\n' "$1" "${2//$'\n'/$'\n'    }" | sed '2s/^/    /'
}
say "make clean destroys, of this project only:"
list "  containers" "$containers"
list "  networks" "$networks"
list "  volumes, WITH THE DATA IN THEM (database, Redis, certificates)" "$volumes"
list "  images" "$images"
list "  what was built here" "$(printf '%s\n' "${built[@]}")"
echo "It leaves data/, backups/, logs/, secrets/ and .env.production as they are."
[[ -n $containers$networks$volumes$images || ${#built[@]} -gt 0 ]] || { echo "There is nothing to destroy." && exit; }

if [[ ${YES:-} == 1 ]]; then
  [[ ${STACK:-dev} == dev || $asked_for == prod ]] || die "this is the production stack: say STACK=prod YES=1 make clean"
else
  [[ -t 0 ]] || die "nobody is there to ask: say YES=1 make clean"
  question="Type the project's name to go on"
  read -r -p "$question (${project:-clean}): " answer
  [[ $answer == "${project:-clean}" ]] || die "nothing was destroyed"
fi

in_lines() { [[ -z $1 ]] || xargs --no-run-if-empty "${@:2}" <<<"$1"; }
in_lines "$containers" docker rm --force --volumes
in_lines "$networks" docker network rm
in_lines "$volumes" docker volume rm
in_lines "$images" docker image rm --force
[[ ${#built[@]} -eq 0 ]] || rm -rf "${built[@]}"
