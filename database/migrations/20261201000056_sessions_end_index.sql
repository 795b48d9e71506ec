-- no-transaction
-- The sessions whose end is the longest ago, for what forgets them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_end_idx ON sessions (least(ended_at, expires_at));
