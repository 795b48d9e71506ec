-- no-transaction
-- What somebody did, as others were told of it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_actor_idx ON notifications (actor_id) WHERE actor_id IS NOT NULL;
