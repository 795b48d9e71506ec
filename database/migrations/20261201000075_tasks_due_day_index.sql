-- no-transaction
-- Lists by due, in the order of the reader's days (backend/src/tasks/list_by_due.rs): what is due on a day. As with every index of tasks
-- the status is left out, so that a change of it touches none.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_project_due_date_idx ON tasks (project_id, due_date, id)
WHERE deleted_at IS NULL AND due_date IS NOT NULL;
