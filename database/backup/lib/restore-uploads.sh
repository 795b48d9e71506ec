#!/usr/bin/env bash
# restore-uploads.sh swap|undo|finish: the uploads' part of a restore. It runs as root, with the right to give files away, since the
# folder belongs to the server's user; scripts/restore.sh mounts it at /restore/uploads.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"
folder=${WRITABLE_UPLOADS_DIR:-/restore/uploads}
# The old files are in `aside` while they are moved there one by one, and in `replaced` once all are.
fresh=$folder/.restore-new aside=$folder/.replaced-partly replaced=$folder/.replaced-wholly

# move_contents FROM TO, but for the folders of a restore.
move_contents() {
  find "$1" -mindepth 1 -maxdepth 1 ! -path "$fresh" ! -path "$aside" ! -path "$replaced" -exec mv --target-directory "$2" -- {} +
}

case ${1:-} in
  swap)
    # Extracted completely next to the current ones, which is the part that can fail; then swapped by renaming.
    rm -rf "$fresh" "$aside" "$replaced"
    mkdir "$fresh" "$aside"
    tar --extract --no-same-owner --file "$scratch/restore/uploads.tar" --directory "$fresh" || die "the uploads cannot be extracted"
    chown --recursive --reference="$folder" "$fresh"
    move_contents "$folder" "$aside"
    mv "$aside" "$replaced"
    move_contents "$fresh" "$folder"
    rmdir "$fresh"
    ;;
  undo)
    rm -rf "$fresh"
    if [[ -d $replaced ]]; then
      find "$folder" -mindepth 1 -maxdepth 1 ! -path "$replaced" -exec rm -rf -- {} +
      mv "$replaced" "$aside"
    fi
    if [[ -d $aside ]]; then
      move_contents "$aside" "$folder"
      rmdir "$aside"
    fi
    ;;
  finish) rm -rf "$fresh" "$aside" "$replaced" ;;
  *) die "restore-uploads.sh does not know '${1:-}'" ;;
esac
