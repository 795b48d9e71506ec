-- no-transaction
-- Keys of the manual order that have grown long, for the worker that renews them. Mostly empty; a change of status touches it as little as
-- every other index of tasks.
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_long_position_idx ON tasks (project_id) WHERE octet_length(position) > 64;
