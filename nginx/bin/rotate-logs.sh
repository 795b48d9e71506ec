#!/usr/bin/env bash
# Turns over the log files that have become too large; the older ones are compressed and counted.
set -euo pipefail
# shellcheck source=nginx/bin/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

limit=${EDGE_LOG_BYTES:-10485760} keep=${EDGE_LOG_FILES:-10}
[[ -w $log_folder ]] || exit 0

rotated=()
for name in access error; do
  file=$log_folder/$name.log
  [[ -f $file && $(stat -c %s "$file") -ge $limit ]] || continue
  for ((number = keep; number > 1; number--)); do
    [[ ! -f $file.$((number - 1)).gz ]] || mv -f "$file.$((number - 1)).gz" "$file.$number.gz"
  done
  mv -f "$file" "$file.1"
  rotated+=("$file.1")
done
[[ ${#rotated[@]} -gt 0 ]] || exit 0
# nginx writes to the renamed files until it has opened the new ones.
signal_nginx USR1
sleep 2
gzip -f "${rotated[@]}"
