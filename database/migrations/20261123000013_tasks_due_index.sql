-- no-transaction
-- What falls due in a span of time, whosever it is. As with every index of tasks the status is left out, so that a change
-- of it touches none.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_due_idx ON tasks (due_order) WHERE deleted_at IS NULL AND due_order <> 'infinity';
