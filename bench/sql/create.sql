-- The rows that the server writes for a new task with two tags, in one transaction. The clients share a few projects.
\set turn (:turn + 1) % 32
\if :turn = 1
\set n 1 + :client_id % :projects
SELECT user_id AS user, project_id AS project, tags[1] AS tag, tags[2] AS other_tag FROM bench_projects WHERE n = :n \gset
\endif
\set place random(1, 1000000000)
BEGIN;
WITH new AS MATERIALIZED (SELECT gen_random_uuid() AS id),
indexed AS (
    INSERT INTO task_search (task_id, project_id, vector, source)
    SELECT id, :project, replace('''~write'':1A ''~report'':2A ''~spring'':3A', '~', search_project_key(:project))::tsvector,
           search_source(:project, 'Write the report', 'About the spring release')
    FROM new
)
INSERT INTO tasks (id, project_id, title, description, created_by, position)
SELECT id, :project, 'Write the report', 'About the spring release', :user, to_hex(2147483648 + :place) FROM new
RETURNING id AS task \gset
INSERT INTO task_tags (task_id, tag_id, project_id) VALUES (:task, :tag, :project), (:task, :other_tag, :project);
WITH topic AS (UPDATE topics SET revision = revision + 1 WHERE id = :project RETURNING id, revision)
INSERT INTO events (topic_id, revision, kind, data, actor_id)
SELECT topic.id, topic.revision, 'task.created', to_jsonb(t), :user FROM topic, tasks t WHERE t.id = :task;
COMMIT;
