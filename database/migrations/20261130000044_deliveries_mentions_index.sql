-- no-transaction
-- The mails that name a thing.
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_mentions_idx ON deliveries USING gin (mentioned_ids(payload)) WHERE channel = 'mail';
