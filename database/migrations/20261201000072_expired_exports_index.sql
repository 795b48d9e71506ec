-- no-transaction
-- The exports that have expired, for what forgets them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS data_exports_expires_at_idx ON data_exports (expires_at);
