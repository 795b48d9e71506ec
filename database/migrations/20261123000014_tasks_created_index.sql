-- no-transaction
-- The newest tasks of each project: a list over all projects reads no more of each than it shows.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_project_created_idx ON tasks (project_id, created_at, id) WHERE deleted_at IS NULL;
