-- no-transaction
-- The lines of digests that name a thing.
CREATE INDEX CONCURRENTLY IF NOT EXISTS digest_items_mentions_idx ON digest_items USING gin (mentioned_ids(payload));
