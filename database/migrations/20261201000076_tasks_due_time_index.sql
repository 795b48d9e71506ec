-- no-transaction
-- And what is due at a time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_project_due_at_idx ON tasks (project_id, due_at, id)
WHERE deleted_at IS NULL AND due_at IS NOT NULL;
