-- no-transaction
-- The mails that wait for somebody to be told of a task: a newer one of the same kind takes the place of one that no worker has had.
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_waiting_idx ON deliveries (user_id, kind, (payload ->> 'task_id'))
    WHERE state = 'pending' AND channel = 'mail';
