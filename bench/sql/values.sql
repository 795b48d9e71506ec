-- What the scripts of pgbench ask for, as rows that are found by their number. psql -v people=200 -f values.sql
CREATE TABLE bench_lists AS -- a person who is signed in, and a project of theirs
SELECT row_number() OVER (ORDER BY md5(a.user_id::text || a.project_id)) AS n, a.user_id, a.project_id
FROM project_access a JOIN users u ON u.id = a.user_id
WHERE u.email IN (SELECT 'user' || n || '@example.org' FROM generate_series(1, :people) AS n);
ALTER TABLE bench_lists ADD PRIMARY KEY (n);

CREATE TABLE bench_tasks AS -- tasks that such a person sees
SELECT row_number() OVER () AS n, l.user_id, t.id AS task_id
FROM bench_lists l CROSS JOIN LATERAL (
    SELECT id FROM tasks WHERE project_id = l.project_id AND deleted_at IS NULL ORDER BY md5(id::text) LIMIT 5
) AS t;
ALTER TABLE bench_tasks ADD PRIMARY KEY (n);

CREATE TABLE bench_changes AS -- tasks that somebody else than their creator may change; no two in a row of one project
SELECT row_number() OVER (ORDER BY place, task_id) AS n, task_id, project_id, editor_id, owner_id
FROM (SELECT t.id AS task_id, t.project_id, m.user_id AS editor_id, p.owner_id,
             row_number() OVER (PARTITION BY t.project_id ORDER BY t.position) AS place
      FROM projects p
      JOIN LATERAL (SELECT l.user_id FROM bench_lists l JOIN project_members m USING (project_id, user_id)
                    WHERE l.project_id = p.id AND m.role = 'editor' ORDER BY 1 LIMIT 1) AS m ON true
      JOIN tasks t ON t.project_id = p.id AND t.created_by = p.owner_id
      WHERE t.assignee_id IS NULL AND t.parent_id IS NULL AND t.deleted_at IS NULL) AS changeable
ORDER BY 1 LIMIT 96;
ALTER TABLE bench_changes ADD PRIMARY KEY (n);

CREATE TABLE bench_projects AS -- a project of their own of each of the last people
SELECT row_number() OVER (ORDER BY p.id) AS n, p.owner_id AS user_id, p.id AS project_id,
       ARRAY(SELECT g.id FROM tags g WHERE g.project_id = p.id ORDER BY g.name LIMIT 2) AS tags
FROM projects p JOIN users u ON u.id = p.owner_id
WHERE p.name = 'Project 3' AND u.email IN (SELECT 'user' || n || '@example.org' FROM generate_series(:people - 3, :people) AS n);
ALTER TABLE bench_projects ADD PRIMARY KEY (n);
ANALYZE bench_lists, bench_tasks, bench_changes, bench_projects;
