# shellcheck shell=bash
# The S3-compatible store, for rclone. Source it after common.sh.

use_s3() {
  local key
  [[ -n ${BACKUP_S3_BUCKET:-} ]] || die "BACKUP_S3_BUCKET is empty"
  key=$(read_secret "${BACKUP_S3_SECRET_KEY_FILE:-/run/secrets/backup_s3_secret_key}")
  [[ -n $key ]] || die "the secret key of the S3 store is missing (BACKUP_S3_SECRET_KEY_FILE)"
  export RCLONE_CONFIG=/dev/null RCLONE_RETRIES=3 RCLONE_LOW_LEVEL_RETRIES=3 RCLONE_CONTIMEOUT=20s
  export RCLONE_CONFIG_OFFSITE_TYPE=s3 RCLONE_CONFIG_OFFSITE_PROVIDER=Other RCLONE_CONFIG_OFFSITE_NO_CHECK_BUCKET=true
  export RCLONE_CONFIG_OFFSITE_ENDPOINT=${BACKUP_S3_ENDPOINT:-} RCLONE_CONFIG_OFFSITE_REGION=${BACKUP_S3_REGION:-us-east-1}
  export RCLONE_CONFIG_OFFSITE_ACCESS_KEY_ID=${BACKUP_S3_ACCESS_KEY_ID:-} RCLONE_CONFIG_OFFSITE_SECRET_ACCESS_KEY=$key
  # shellcheck disable=SC2034 # used by those who source this
  s3_place="offsite:$BACKUP_S3_BUCKET"
}
