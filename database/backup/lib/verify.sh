#!/usr/bin/env bash
# verify.sh [NAME|latest|all]: are all files as they were written, and can the set be restored? A damaged set is put aside.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
take_lock
clean_leftovers
ERROR_FILE=$(mktemp)
export ERROR_FILE
identity=''
trap 'rm -f "$ERROR_FILE" ${identity:+"$identity"}' EXIT
if [[ ${AGE_IDENTITY:-} == stdin ]]; then
  identity=$(mktemp)
  cat >"$identity"
fi

# verify_set NAME: its own process, so that a failure ends it alone.
verify_set() {
  local opened status=0
  if [[ -z $identity && $(jq -r .encrypted_to "$backups/$1/manifest.json" 2>/dev/null) == age* ]]; then
    (check_sums "$backups/$1") || return
    log INFO "$1: every file is as it was written; it is encrypted, so without AGE_IDENTITY=… it was not restored again"
    return
  fi
  opened=$(mktemp -d "$scratch/open.XXXXXX")
  "$lib/open.sh" "$1" "$opened" <"${identity:-/dev/null}" && "$lib/prove.sh" "$opened" --only-check || status=$?
  rm -rf "$opened"
  ((status)) || log INFO "$1 is good: restored and compared"
  return "$status"
}

if [[ ${1:-latest} == all ]]; then mapfile -t names < <(list_sets); else names=("$(resolve_set "${1:-latest}")"); fi
[[ -n ${names[*]} ]] || die "there is no backup"
failed=0
for name in "${names[@]}"; do
  status=0
  : >"$ERROR_FILE"
  verify_set "$name" || status=$?
  ((status)) || continue
  failed=1
  why=$(cat "$ERROR_FILE")
  if ((status == bad_set)); then
    mv "$backups/$name" "$backups/bad-$name"
    why+=" (put aside as bad-$name)"
  fi
  "$lib/publish-state.sh" failed "verification of $name: $why"
  log ERROR "verification of $name failed: $why"
done
"$lib/publish-state.sh"
exit "$failed"
