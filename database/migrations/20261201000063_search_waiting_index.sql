-- no-transaction
-- The tasks whose lexemes the worker is to make. Empty most of the time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS task_search_waiting_idx ON task_search (task_id) WHERE source IS NULL;
