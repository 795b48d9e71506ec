-- The rows that the server writes when an editor changes the status of a task and its creator is told, in one transaction.
-- Each client has tasks of its own; the next one is looked up once in 32 times.
\set turn (:turn + 1) % 32
\if :turn = 1
\set n 1 + :client_id + :clients * random(0, :changes / :clients - 1)
SELECT task_id AS task, project_id AS project, editor_id AS editor, owner_id AS owner FROM bench_changes WHERE n = :n \gset
\endif
BEGIN;
UPDATE tasks
SET status = CASE status WHEN 'todo' THEN 'in_progress' WHEN 'in_progress' THEN 'done' ELSE 'todo' END,
    completed_at = CASE status WHEN 'in_progress' THEN now() END, version = version + 1, updated_at = now()
WHERE id = :task;
WITH topic AS (UPDATE topics SET revision = revision + 1 WHERE id = :project RETURNING id, revision)
INSERT INTO events (topic_id, revision, kind, data, actor_id)
SELECT topic.id, topic.revision, 'task.updated', to_jsonb(t), :editor FROM topic, tasks t WHERE t.id = :task;
WITH told AS (
    INSERT INTO notifications (id, user_id, kind, actor_id, project_id, task_id, data)
    VALUES (gen_random_uuid(), :owner, 'task.status_changed', :editor, :project, :task, '{"from":"todo","to":"in_progress"}')
    RETURNING *
), topic AS (UPDATE topics SET revision = revision + 1 WHERE id = :owner RETURNING id, revision)
INSERT INTO events (topic_id, revision, kind, data, actor_id)
SELECT topic.id, topic.revision, 'notification.created', to_jsonb(told), :editor FROM topic, told;
COMMIT;
