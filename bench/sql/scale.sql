-- Adds to a database that fill.sql has filled: a project of many members and one of two, with the same tasks; and a project of many tasks
-- and one of few, of somebody who has no other. psql -v members=1000 -v watchers=500 -v many=100000 -v few=1000 -v hash=… -f scale.sql
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
ALTER TABLE tasks DISABLE TRIGGER USER;
SELECT pg_get_indexdef('task_search_vector_idx'::regclass) AS search_index \gset
DROP INDEX task_search_vector_idx;

-- Number 0 has the large project; number 1 owns the others, and number 2 is the other member of the small one.
CREATE TEMP TABLE people AS SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS inbox FROM generate_series(0, :members) AS n;
INSERT INTO users (id, email, name, password_hash, time_zone, email_verified_at)
SELECT id, 'member' || n || '@example.org', 'Member ' || n, :'hash', 'Europe/Berlin', now() FROM people;
SELECT gen_random_uuid() AS everybody, gen_random_uuid() AS pair, gen_random_uuid() AS many_tasks, gen_random_uuid() AS few_tasks \gset
CREATE TEMP TABLE made AS
SELECT inbox AS id, n AS owner, 'Inbox' AS name, true AS is_inbox FROM people
UNION ALL SELECT :'everybody', 1, 'Everybody', false
UNION ALL SELECT :'pair', 1, 'Pair', false
UNION ALL SELECT :'many_tasks', 0, 'Many tasks', false
UNION ALL SELECT :'few_tasks', 0, 'Few tasks', false;
INSERT INTO projects (id, owner_id, name, color, icon, is_inbox)
SELECT m.id, p.id, m.name, '#4f46e5', 'folder', m.is_inbox FROM made m JOIN people p ON p.n = m.owner;
INSERT INTO project_members (project_id, user_id, role, position)
SELECT m.id, p.id, CASE WHEN p.n = m.owner THEN 'owner' ELSE 'editor' END, '80000000'
FROM made m JOIN people p ON p.n = m.owner OR p.n > 0 AND m.id = :'everybody' OR p.n = 2 AND m.id = :'pair';
INSERT INTO topics (id, kind) SELECT id, 'project' FROM made UNION ALL SELECT id, 'user' FROM people;

-- Copies of the tasks that are there, in their order, as often as they are needed.
CREATE TEMP TABLE wanted AS
SELECT * FROM (VALUES (:'everybody'::uuid, 1, 50), (:'pair', 1, 50), (:'many_tasks', 0, :many), (:'few_tasks', 0, :few)) AS w (project_id, owner, tasks);
CREATE TEMP TABLE copies AS
SELECT gen_random_uuid() AS id, w.project_id, p.id AS owner_id, s.id AS source_id, s.project_id AS source_project_id, s.place
FROM wanted w JOIN people p ON p.n = w.owner
CROSS JOIN LATERAL (
    SELECT t.id, t.project_id, row_number() OVER (ORDER BY copy, t.position, t.id) AS place
    FROM tasks t CROSS JOIN generate_series(0, w.tasks / 2000) AS copy
    WHERE t.parent_id IS NULL AND t.deleted_at IS NULL
    ORDER BY place LIMIT w.tasks
) AS s;
INSERT INTO tasks (id, project_id, title, description, status, priority, created_by, due_date, due_at, position, completed_at, created_at, updated_at)
SELECT c.id, c.project_id, t.title, t.description, CASE WHEN c.place > 1 THEN t.status ELSE 'todo' END, t.priority, c.owner_id,
       t.due_date, t.due_at, to_hex(2147483648 + c.place), CASE WHEN c.place > 1 THEN t.completed_at END, t.created_at, t.updated_at
FROM copies c JOIN tasks t ON t.id = c.source_id;
INSERT INTO task_search (task_id, project_id, vector)
SELECT c.id, c.project_id, replace(s.vector::text, search_project_key(s.project_id), search_project_key(c.project_id))::tsvector
FROM copies c JOIN task_search s ON s.task_id = c.source_id;
-- As if the server had made them: or else the worker would make all of them anew meanwhile.
UPDATE task_search s SET source = search_source(s.project_id, t.title, t.description) FROM tasks t WHERE t.id = s.task_id;
-- The first task of each.
INSERT INTO task_watchers (task_id, user_id)
SELECT c.id, p.id FROM copies c JOIN project_members m USING (project_id) JOIN people p ON p.id = m.user_id
WHERE c.place = 1 AND c.project_id IN (:'everybody', :'pair') AND p.n BETWEEN 2 AND :watchers + 1;

:search_index;
ALTER TABLE tasks ENABLE TRIGGER USER;
VACUUM ANALYZE users, projects, project_members, topics, tasks, task_search, task_watchers;
