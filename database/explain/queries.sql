-- Runs EXPLAIN (ANALYZE, BUFFERS) on the server's own statements and writes what they cost to :results (CSV).
-- psql -v repository=. -v results=/tmp/results.csv -f queries.sql, on a database that fill.sql has filled.
--
-- The statements come from where the server has them: backend/.sqlx, and lists.snap, which a unit test holds to what
-- tasks/list/query.rs makes. So an index is judged by what is really asked. Writes are undone.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
SET jit = off;

\cd :repository
\set prepared `awk 'FNR == 1 && NR > 1 { print "," } { print }' backend/.sqlx/query-*.json`
\set lists `cat database/explain/lists.snap`
CREATE TEMP TABLE statements AS
SELECT NULL AS list, regexp_replace(entry ->> 'query', '\s+', ' ', 'g') AS body
FROM jsonb_array_elements(('[' || :'prepared' || ']')::jsonb) AS entry
UNION ALL
SELECT found[1], found[2] FROM regexp_matches(:'lists', '-- ([^\n]+)\n([^\n]+)', 'g') AS found;

-- The index scans so far, to see later which indexes nothing has used.
DROP TABLE IF EXISTS index_scans_before;
CREATE UNLOGGED TABLE index_scans_before AS SELECT indexrelname, idx_scan FROM pg_stat_user_indexes;

-- Whom and what the statements ask for: user 0 (2,000 tasks in 10 projects) and things of theirs.
SELECT id AS me FROM users WHERE email = 'user0@example.org' \gset
SELECT id AS friend FROM users WHERE email = 'user1@example.org' \gset
SELECT id AS project FROM projects WHERE owner_id = :'me' AND name = 'Project 3' \gset
SELECT id AS shared FROM projects WHERE owner_id = :'me' AND name = 'Project 2' \gset
SELECT id AS parent FROM tasks t
WHERE project_id = :'project' AND deleted_at IS NULL AND EXISTS (SELECT FROM tasks s WHERE s.parent_id = t.id AND s.deleted_at IS NULL)
ORDER BY position LIMIT 1 \gset
SELECT id AS task, position AS task_position FROM tasks WHERE project_id = :'project' AND deleted_at IS NULL AND status = 'todo'
ORDER BY position OFFSET 30 LIMIT 1 \gset
SELECT id AS trashed, deleted_at AS trashed_at FROM tasks WHERE project_id = :'project' AND deleted_at IS NOT NULL ORDER BY id LIMIT 1 \gset
SELECT string_agg(id::text, ',') AS ten_tasks FROM (SELECT id FROM tasks WHERE project_id = :'project' ORDER BY id LIMIT 10) AS ten \gset
SELECT position AS page_position, id AS page_task FROM tasks WHERE project_id = :'project' AND deleted_at IS NULL
ORDER BY position OFFSET 100 LIMIT 1 \gset
SELECT due_order AS page_due, id AS page_due_task FROM tasks WHERE project_id = :'project' AND deleted_at IS NULL
ORDER BY due_order, id OFFSET 50 LIMIT 1 \gset
SELECT created_at AS page_created, id AS page_created_task FROM tasks
WHERE project_id IN (SELECT project_id FROM project_access WHERE user_id = :'me') AND deleted_at IS NULL
ORDER BY created_at DESC OFFSET 100 LIMIT 1 \gset
SELECT due_order AS page_all_due, id AS page_all_due_task FROM tasks
WHERE project_id IN (SELECT project_id FROM project_access WHERE user_id = :'me') AND deleted_at IS NULL
ORDER BY due_order, id OFFSET 100 LIMIT 1 \gset
SELECT id AS notification, created_at AS notified FROM notifications WHERE user_id = :'me' AND read_at IS NULL ORDER BY id LIMIT 1 \gset
SELECT id AS tag, name AS tag_name FROM tags WHERE project_id = :'project' ORDER BY name LIMIT 1 \gset
SELECT id AS session FROM sessions WHERE user_id = :'me' AND ended_at IS NULL ORDER BY id LIMIT 1 \gset
SELECT token_hash AS token FROM refresh_tokens WHERE session_id = :'session' AND used_at IS NULL LIMIT 1 \gset
SELECT revision AS project_revision FROM topics WHERE id = :'project' \gset
SELECT '{' || string_agg(id::text, ',' ORDER BY id) || '}' AS topics, '{' || string_agg((revision - 3)::text, ',' ORDER BY id) || '}' AS revisions
FROM topics WHERE id = :'me' OR id IN (SELECT project_id FROM project_members WHERE user_id = :'me') \gset
SELECT date_trunc('day', now()) AS today, date_trunc('day', now()) + interval '1 day' AS tomorrow, date_trunc('day', now()) + interval '7 days' AS week,
       date_trunc('day', now()) - interval '13 days' AS fortnight, date_trunc('day', now()) - interval '40 days' AS long_ago,
       array_agg(date_trunc('day', now()) - i * interval '1 day' ORDER BY i DESC) AS days
FROM generate_series(0, 13) AS i \gset
UPDATE projects SET deleted_at = now() - interval '99 days', archived_at = NULL
WHERE owner_id = :'friend' AND name = 'Project 4'; -- one for the job that empties the trash

CREATE TEMP TABLE cases (place serial, part text, name text, wanted text, types text, arguments text[]);
INSERT INTO cases (part, name, wanted, types, arguments) VALUES
-- Lists, by the name in lists.snap. A cursor's value comes as text, so its type is said.
('list', 'a project in its order', '=project in its order', NULL, ARRAY[:'project', :'me', :'project', '51']),
('list', 'its third page', '=project in its order, next page', 'uuid, uuid, uuid, text', ARRAY[:'project', :'me', :'project', :'page_position', :'page_task', '51']),
('list', 'a project, open tasks', '=project, open', NULL, ARRAY[:'project', :'me', :'project', '{todo,in_progress}', '51']),
('list', 'a project, last done first', '=project, done last', NULL, ARRAY[:'project', :'me', :'project', '{done}', '51']),
('list', 'a project by due', '=project by due', NULL, ARRAY[:'me', :'project', '51', '51', '51', '51']),
('list', 'a project by title', '=project by title', NULL, ARRAY[:'project', :'me', :'project', '51']),
('list', 'its second page', '=project by due, next page', 'uuid, uuid, text, uuid, bigint, uuid, text', ARRAY[:'me', :'project', :'page_due', :'page_due_task', '51', :'page_due_task', :'page_due', '51', '51', '51']),
('list', 'a project, one tag', '=project, a tag', NULL, ARRAY[:'tag_name', :'project', :'me', :'project', '51']),
('list', 'a shared project, assigned to me', '=project, assigned to me', NULL, ARRAY[:'shared', :'me', :'shared', :'me', '51']),
('list', 'subtasks of a task', '=subtasks', NULL, ARRAY[:'project', :'me', :'project', :'parent', '51']),
('list', 'all projects, newest first', '=all, newest first', NULL, ARRAY[:'me', '51', '51']),
('list', 'its third page', '=all, newest first, next page', 'uuid, text', ARRAY[:'me', :'page_created', :'page_created_task', '51', '51']),
('list', 'all projects, last changed first', '=all by change', NULL, ARRAY[:'me', '51', '51']),
('list', 'all projects by priority', '=all by priority', NULL, ARRAY[:'me', '51', '51']),
('list', 'all projects by due', '=all by due', NULL, ARRAY[:'me', '51', '51', '51', '51']),
('list', 'its third page', '=all by due, next page', 'uuid, text, uuid, bigint, uuid, text', ARRAY[:'me', :'page_all_due', :'page_all_due_task', '51', :'page_all_due_task', :'page_all_due', '51', '51', '51']),
('list', 'due today', '=due today', NULL, ARRAY[:'me', '{todo,in_progress}', :'today', :'tomorrow', '51', '{todo,in_progress}', :'today', :'tomorrow', '51', '51']),
('list', 'overdue', '=overdue', NULL, ARRAY[:'me', :'today', '51', :'today', '51', '51']),
('list', 'due today, mine', '=due today, mine', NULL, ARRAY[:'me', '{todo,in_progress}', :'me', :'me', :'me', :'today', :'tomorrow', '51', '{todo,in_progress}', :'me', :'me', :'me', :'today', :'tomorrow', '51', '51']),
('list', 'all projects, one tag', '=all, a tag', NULL, ARRAY[:'me', :'tag_name', '51', '51']),
('list', 'all projects, assigned to me', '=all, assigned to me', NULL, ARRAY[:'me', :'me', '51', '51']),
('list', 'counts of a project', '=count project', NULL, ARRAY[:'project', :'me', :'project']),
('list', 'counts of all projects', '=count all', NULL, ARRAY[:'me']),
('search', 'an English word', '=search', NULL, ARRAY[search_terms('quinoa'), :'me', '51']),
('search', 'a frequent word', '=search', NULL, ARRAY[search_terms('report'), :'me', '51']),
('search', 'its second page', '=search, next page', 'text, uuid, text', ARRAY[search_terms('report'), :'me', '0.6', :'page_task', '51']),
('search', 'two words', '=search', NULL, ARRAY[search_terms('report budget'), :'me', '51']),
('search', 'the beginning of a word', '=search', NULL, ARRAY[search_terms('re'), :'me', '51']),
('search', 'two Chinese characters', '=search', NULL, ARRAY[search_terms('会议'), :'me', '51']),
('search', 'one Chinese character', '=search', NULL, ARRAY[search_terms('会'), :'me', '51']),
('search', 'a word that nobody has', '=search', NULL, ARRAY[search_terms('xylophone'), :'me', '51']),
('search', 'a word in one project', '=search in a project', NULL, ARRAY[search_terms('report'), :'me', :'project', '51']),
('search', 'a word, only to do, newest first', '=search, open, newest first', NULL, ARRAY[search_terms('report'), :'me', '{todo}', '51']),
('search', 'counts of a search', '=count search', NULL, ARRAY[search_terms('report'), :'me']),
-- Other reads, by a piece of their text that no other statement has.
('read', 'one task', '=task', NULL, ARRAY[:'me', :'task']),
('read', 'ten tasks', '=tasks', NULL, ARRAY[:'me', format('{%s}', :'ten_tasks')]),
('read', 'revisions of all that I see', 'ORDER BY id <> $1, id', NULL, ARRAY[:'me']),
('read', 'projects', 'p.archived_at IS NULL OR $2', NULL, ARRAY[:'me', 'false']),
('read', 'one project', 'WHERE m.user_id = $1 AND p.id = $2', NULL, ARRAY[:'me', :'project']),
('read', 'membership', 'SELECT role AS "role!: Role", is_inbox', NULL, ARRAY[:'me', :'project']),
('read', 'members', 'WHERE m.project_id = $1 ORDER BY m.joined_at', NULL, ARRAY[:'shared']),
('read', 'tags of all projects', 'FROM project_access a JOIN tags g', NULL, ARRAY[:'me', NULL]),
('read', 'tags of a project', 'FROM project_access a JOIN tags g', NULL, ARRAY[:'me', :'project']),
('read', 'notifications', 'FROM notifications n LEFT JOIN users a', NULL, ARRAY[:'me', 'false', NULL, NULL, '51']),
('read', 'unread notifications', 'FROM notifications n LEFT JOIN users a', NULL, ARRAY[:'me', 'true', NULL, NULL, '51']),
('read', 'notifications, a later page', 'FROM notifications n LEFT JOIN users a', NULL, ARRAY[:'me', 'false', :'notified', :'notification', '51']),
('read', 'count of unread notifications', 'SELECT count(*) AS "unread!"', NULL, ARRAY[:'me']),
('read', 'dashboard', 'WITH counted AS ( SELECT t.status', NULL, ARRAY[:'me', :'fortnight', :'today', :'today', :'tomorrow', now()::text, :'week', :'week', :'days', 'false']),
('read', 'dashboard, mine', 'WITH counted AS ( SELECT t.status', NULL, ARRAY[:'me', :'fortnight', :'today', :'today', :'tomorrow', now()::text, :'week', :'week', :'days', 'true']),
('read', 'people by name', 'SELECT u.id, u.name FROM users u WHERE u.id <> $1', NULL, ARRAY[:'me', 'a', '10', 'false']),
('read', 'trash', 'WHERE a.user_id = $1 AND t.deleted_at IS NOT NULL AND parent', NULL, ARRAY[:'me', NULL, NULL, '51']),
('read', 'trash, next page', 'WHERE a.user_id = $1 AND t.deleted_at IS NOT NULL AND parent', NULL, ARRAY[:'me', :'trashed_at', :'trashed', '51']),
('read', 'trash of projects', 'AND m.role = ''owner'' AND p.deleted_at IS NOT NULL', NULL, ARRAY[:'me']),
('read', 'session', 'SELECT s.user_id, u.time_zone, u.is_admin', NULL, ARRAY[:'session']),
('read', 'my sessions', 'SELECT id, user_agent', NULL, ARRAY[:'me']),
('read', 'account by e-mail', 'created_at, password_hash FROM users', NULL, ARRAY['User0@example.org']),
('read', 'reminders of a task', 'FROM reminders WHERE task_id = $2 AND user_id', NULL, ARRAY[:'me', :'task']),
('live', 'topics to follow', 'WITH own (id, since) AS', NULL, ARRAY[:'me', :'session']),
('live', 'a project joined', 'SELECT p.revision, m.joined_at AS since', NULL, ARRAY[:'me', :'shared']),
('live', 'events missed in one topic', 'AND revision > $2 AND revision <= $3', NULL, ARRAY[:'project', (:project_revision - 50)::text, :'project_revision']),
('live', 'events missed in all topics', 'FROM unnest($1::uuid[], $2::bigint[]) AS t (id, after)', NULL, ARRAY[:'topics', :'revisions', '200']),
-- Writes.
('write', 'lock the topic of a task', 'JOIN topics t ON t.id = $1', NULL, ARRAY[:'project', 'project', '2s']),
('write', 'first position', 'SELECT position FROM tasks WHERE project_id = $1 AND position >', NULL, ARRAY[:'project', NULL, NULL]),
('write', 'last position', 'SELECT position FROM tasks WHERE project_id = $1 AND deleted_at IS NULL ORDER BY position DESC', NULL, ARRAY[:'project']),
('write', 'position after a task', 'SELECT position FROM tasks WHERE project_id = $1 AND position >', NULL, ARRAY[:'project', :'parent', :'task_position']),
('write', 'position of the last subtask', 'SELECT max(position) FROM tasks', NULL, ARRAY[:'parent', :'project']),
('write', 'new task', 'WITH indexed AS ( INSERT INTO task_search', NULL, ARRAY[gen_random_uuid()::text, :'me', :'project', NULL, 'A new task 新任务',
    'With some words of description 还有一些说明', 'todo', '0', :'me', NULL, NULL, :'today', NULL, '7fffffff', '''~new'':1A ''~task'':1A ''~新任'':1A']),
('write', 'status of a task', 'UPDATE tasks SET project_id = $2, parent_id', NULL, ARRAY[:'task', :'project', NULL, 'Same title', 'Same text', 'done', '0', NULL,
    NULL, NULL, NULL, NULL, :'task_position']),
('write', 'tags onto a task', 'INSERT INTO task_tags', NULL, ARRAY[:'project', format('{%s,%s}', :'task', :'task'), '{work,home}']),
('write', 'tags off a task', 'DELETE FROM task_tags', NULL, ARRAY[format('{%s}', :'task')]),
('write', 'event', 'WITH given AS MATERIALIZED (SELECT * FROM unnest($3::jsonb[]', NULL, ARRAY[:'project', 'task.updated', '{"{\"id\": 1}"}', :'me', 'webhook']),
('write', 'notification', 'WITH n AS MATERIALIZED (', NULL, ARRAY[format('{%s}', gen_random_uuid()), format('{%s}', :'me'), '{task.assigned}', format('{%s}', :'friend'), format('{%s}', :'shared'), format('{%s}', :'task'), '{"{}"}', '{true}']),
('write', 'places of tasks that came back', 'AS next FROM tasks t', NULL, ARRAY[:'project', format('{%s}', :'ten_tasks')]),
('write', 'notification read', 'WITH marked AS', NULL, ARRAY[:'me', :'notification']),
('write', 'all notifications read', 'UPDATE notifications SET read_at = now() WHERE user_id', NULL, ARRAY[:'me']),
('write', 'task into the trash', 'UPDATE tasks SET deleted_at = now()', NULL, ARRAY[:'parent']),
('write', 'task out of the trash', 'UPDATE tasks t SET deleted_at = NULL', NULL, ARRAY[:'trashed', :'trashed_at']),
('write', 'task deleted for good', 'DELETE FROM tasks WHERE id = $1', NULL, ARRAY[:'trashed']),
('write', 'any reminders of a task?', 'EXISTS (SELECT FROM reminders', NULL, ARRAY[:'task']),
('write', 'reminders of a task that has moved', 'WHERE r.relative_to IS NOT NULL', NULL, ARRAY[:'task', NULL]),
('write', 'reminders of who has travelled', 'WHERE r.relative_to IS NOT NULL', NULL, ARRAY[NULL, :'me']),
('write', 'tag renamed', 'UPDATE tasks SET version = version + 1 WHERE id IN', NULL, ARRAY[:'tag']),
('write', 'tag deleted', 'DELETE FROM tags WHERE id', NULL, ARRAY[:'tag']),
('write', 'member''s name off tasks', 'UPDATE tasks SET assignee_id = NULL', NULL, ARRAY[:'shared', :'friend']),
('write', 'member removed', 'DELETE FROM project_members', NULL, ARRAY[:'shared', :'friend']),
('write', 'refresh token shown', 'FOR UPDATE OF t', NULL, ARRAY[:'token', '7776000', '60']),
('write', 'refresh token rotated', 'WITH used AS (UPDATE refresh_tokens', NULL, ARRAY[:'session', :'token', sha256('next')::text, 'Firefox', '::1', :'week', '7776000', sha256('sealed')::text]),
('write', 'other sessions ended', 'UPDATE sessions SET ended_at = now(), end_reason = $3 WHERE user_id = $1', NULL, ARRAY[:'me', :'session', 'ended_by_user']),
-- The worker's jobs; their rows are everybody's, so they may grow with the number of rows that are due.
('job', 'old events', 'DELETE FROM events', NULL, ARRAY[(now() - interval '29.9 days')::text, '5000']),
('job', 'old events, nothing due', 'DELETE FROM events', NULL, ARRAY[:'long_ago', '5000']),
('job', 'old sessions', 'DELETE FROM sessions WHERE id IN', NULL, ARRAY[(now() - interval '7 days')::text, '2000']),
('job', 'old notifications, nothing due', 'DELETE FROM notifications WHERE id IN ( SELECT id FROM notifications WHERE created_at', NULL, ARRAY[(now() - interval '400 days')::text, '2000']),
('job', 'tasks in the trash', 'DELETE FROM tasks WHERE id IN ( SELECT id FROM tasks WHERE deleted_at', NULL, ARRAY[(now() - interval '28.99 days')::text, '2000']),
('job', 'projects in the trash', 'gone AS (DELETE FROM projects', NULL, ARRAY[(now() - interval '98 days')::text]),
('job', 'reminders, none due', 'user_id <> ALL($2)', NULL, ARRAY[:'long_ago', '{}', '500']),
('job', 'reminders of a quarter of an hour', 'user_id <> ALL($2)', NULL, ARRAY[(now() + interval '15 minutes')::text, '{}', '500']),
('job', 'a user''s reminders that are due', 'FOR UPDATE OF r SKIP LOCKED', NULL, ARRAY[:'me', :'week', '200']),
('job', 'due at an instant of ten seconds', 'INSERT INTO due_notices (task_id, user_id, kind, due_at)', NULL, ARRAY['task.overdue', (now() - interval '10 seconds')::text, now()::text]),
('job', 'due at an instant of a day', 'INSERT INTO due_notices (task_id, user_id, kind, due_at)', NULL, ARRAY['task.overdue', (now() - interval '1 day')::text, now()::text]),
('job', 'due on a day, everybody''s', 'INSERT INTO due_notices (task_id, user_id, kind, due_date)', NULL, ARRAY['task.due_soon', :'today', '{Europe/Berlin}', NULL]),
('job', 'due on a day, one user''s', 'INSERT INTO due_notices (task_id, user_id, kind, due_date)', NULL, ARRAY['task.due_soon', :'today', '{Europe/Berlin}', :'me']),
('job', 'who is to be told, nobody', 'SELECT DISTINCT user_id FROM due_notices', NULL, ARRAY['00000000-0000-0000-0000-000000000000', '100']),
('job', 'what a user is to be told', 'FROM due_notices n JOIN', NULL, ARRAY[:'me', '200']),
('job', 'whose week begins', 'INSERT INTO weekly_digests', NULL, ARRAY['2026-W48', '{Europe/Berlin}', 'digest.weekly', 'true']),
('job', 'digest of the week of one user', 'WITH mine AS ( SELECT t.id, t.title', NULL, ARRAY[:'me', now()::text, :'today', :'week', :'fortnight', :'today', :'week']);

CREATE TEMP TABLE results (place int, mode text, buffers bigint, milliseconds numeric, sorted bigint, scanned text, indexes text);

-- Several times: the plan is that of the last, when everything that fits is in memory; the time is the shortest. Writes only
-- twice: what is undone leaves its room taken, and the next one finds none on the page.
CREATE FUNCTION pg_temp.measure(place int, times int, mode text, body text, types text, arguments text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    values_of text := (SELECT string_agg(coalesce(quote_literal(a), 'NULL'), ', ' ORDER BY n) FROM unnest(arguments) WITH ORDINALITY AS u (a, n));
    plan      jsonb;
    before    jsonb;
    scanned   text;
    shortest  numeric := 'infinity';
BEGIN
    PERFORM set_config('plan_cache_mode', mode, false);
    EXECUTE 'PREPARE measured ' || coalesce('(' || types || ') ', '') || 'AS ' || body;
    FOR i IN 1..times LOOP
        BEGIN
            SELECT jsonb_object_agg(relid, seq_tup_read) INTO before FROM pg_stat_xact_user_tables;
            EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE measured' || coalesce('(' || values_of || ')', '') INTO plan;
            -- Also what triggers of foreign keys have read.
            SELECT string_agg(relname, ' ' ORDER BY relname) INTO scanned
            FROM pg_stat_xact_user_tables WHERE seq_tup_read - coalesce((before ->> relid::text)::bigint, 0) > 1000;
            RAISE EXCEPTION USING ERRCODE = 'UNDO1';
        EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
            shortest := least(shortest, (plan #>> '{0,Execution Time}')::numeric);
        END;
    END LOOP;
    DEALLOCATE measured;
    INSERT INTO results
    SELECT place, mode, (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint,
           shortest,
           (SELECT max((child ->> 'Actual Rows')::numeric * (child ->> 'Actual Loops')::numeric)
            FROM jsonb_path_query(plan, 'strict $.** ? (@."Node Type" == "Sort").Plans[0]') AS child),
           scanned,
           (SELECT string_agg(DISTINCT name #>> '{}', ' ') FROM jsonb_path_query(plan, 'strict $.**."Index Name"') AS name);
END;
$$;

-- Each statement is found by exactly one piece of text.
DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(format('%s (%s)', c.wanted, n), ', ') INTO wrong
    FROM cases c, LATERAL (SELECT count(*) FROM statements s
        WHERE CASE WHEN c.wanted ^@ '=' THEN s.list = substr(c.wanted, 2) ELSE s.list IS NULL AND strpos(s.body, c.wanted) > 0 END) AS found (n)
    WHERE n <> 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'not found once in backend/.sqlx or lists.snap: %', wrong;
    END IF;
END;
$$;
SELECT pg_temp.measure(c.place, CASE WHEN c.part IN ('write', 'job') THEN 2 ELSE 5 END, mode, s.body, c.types, c.arguments)
FROM cases c
JOIN statements s ON CASE WHEN c.wanted ^@ '=' THEN s.list = substr(c.wanted, 2) ELSE s.list IS NULL AND strpos(s.body, c.wanted) > 0 END
CROSS JOIN (VALUES ('force_custom_plan'), ('force_generic_plan')) AS modes (mode)
ORDER BY c.place, mode \g /dev/null

\o :results
COPY (
    SELECT c.place, c.part, c.name, a.buffers AS custom, b.buffers AS generic, round(a.milliseconds, 2) AS ms,
           concat_ws('; ', 'scans ' || coalesce(a.scanned, b.scanned),
                     CASE WHEN greatest(a.sorted, b.sorted) > 2500 THEN format('sorts %s rows', greatest(a.sorted, b.sorted)) END) AS remarks,
           a.indexes
    FROM cases c JOIN results a USING (place) JOIN results b USING (place)
    WHERE a.mode = 'force_custom_plan' AND b.mode = 'force_generic_plan'
    ORDER BY c.place
) TO STDOUT (FORMAT csv, HEADER);
\o
