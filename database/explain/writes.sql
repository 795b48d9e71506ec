-- What EXPLAIN does not show of writes: how many changes of status leave the indexes alone, what a very long description
-- costs, and which indexes nothing has used since queries.sql began. On a database that queries.sql has run on.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;

BEGIN;
-- Some three thousand tasks of everybody, each done or taken up again, with the columns that the server writes.
UPDATE tasks
SET status = CASE status WHEN 'done' THEN 'todo' ELSE 'done' END,
    completed_at = CASE status WHEN 'done' THEN NULL ELSE coalesce(completed_at, now()) END,
    title = title, description = description, version = version + 1, updated_at = now()
WHERE hashtext(id::text) % 300 = 0;
SELECT format('changes of status: %s, of them heap-only (no index written): %s', n_tup_upd, n_tup_hot_upd)
FROM pg_stat_xact_user_tables WHERE relname = 'tasks';
ROLLBACK;

-- Each call alone, as each request is; the best of five.
CREATE FUNCTION pg_temp.time_to_insert(description text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    best  numeric := 'infinity';
    begun timestamptz;
BEGIN
    FOR i IN 1..5 LOOP
        begun := clock_timestamp();
        INSERT INTO tasks (id, project_id, title, description, position)
        SELECT gen_random_uuid(), id, 'Title', time_to_insert.description, '80000000' FROM projects LIMIT 1;
        best := least(best, round(1000 * extract(epoch FROM clock_timestamp() - begun)));
    END LOOP;
    RETURN best;
END;
$$;
BEGIN;
SELECT format('insert of a task with %s: %s ms', what, pg_temp.time_to_insert(description))
FROM (VALUES ('no description', ''),
             ('20,000 Chinese characters', (SELECT string_agg(chr(19968 + (hashint8extended(i, 1) & 8191)::int), '') FROM generate_series(1, 20000) AS i)),
             ('20,000 Latin letters', (SELECT left(string_agg(md5(i::text), ' '), 20000) FROM generate_series(1, 700) AS i))) AS texts (what, description);
ROLLBACK;

SELECT 'indexes that nothing has used (constraints apart): ' || coalesce(string_agg(now.indexrelname, ', '), 'none')
FROM pg_stat_user_indexes now
JOIN index_scans_before before USING (indexrelname)
JOIN pg_index i USING (indexrelid)
WHERE now.idx_scan = before.idx_scan AND NOT i.indisunique;
