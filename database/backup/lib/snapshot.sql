-- Dumps and describes the database from one snapshot: writes continue meanwhile and are in neither.
SET idle_in_transaction_session_timeout = 0;
SET statement_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
SELECT json_build_object('snapshot_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'server', current_setting('server_version'), 'collate', datcollate, 'ctype', datctype)
FROM pg_database WHERE datname = current_database();
-- psql 15 does not report the exit status of shell commands: the file shows that the dump succeeded.
\! pg_dump --format=custom --snapshot="$SNAPSHOT" --lock-wait-timeout=60s --file="$WORK/database.dump" >&2 && touch "$WORK/dumped"
\ir fingerprint.sql
COMMIT;
