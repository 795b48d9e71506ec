-- no-transaction
-- The oldest events, for what forgets them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_at_idx ON events (at);
