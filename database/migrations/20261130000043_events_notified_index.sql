-- no-transaction
-- The events that tell somebody of a thing, or of what somebody did.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_notified_idx ON events USING gin
    ((ARRAY[data #>> '{task,id}', data #>> '{project,id}', data #>> '{actor,id}'])) WHERE kind = 'notification.created';
