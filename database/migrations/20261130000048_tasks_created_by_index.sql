-- no-transaction
-- The tasks that somebody wrote: who has gone is their author no more. It never changes, so a change of status touches no index.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_created_by_idx ON tasks (created_by) WHERE created_by IS NOT NULL;
