-- no-transaction
-- What has been in the trash the longest, for what empties it. Subtasks come before the tasks that they went into the trash with.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_deleted_at_idx ON tasks (deleted_at, parent_id) WHERE deleted_at IS NOT NULL;
