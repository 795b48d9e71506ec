-- no-transaction
-- The oldest notifications, for what forgets them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_created_at_idx ON notifications (created_at);
