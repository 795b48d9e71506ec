-- no-transaction
-- Sent messages to webhooks that still hold a body of their own: the worker takes it away after some days. Those that refer to an event
-- are not in it. A body that was taken away is null, which no message has by itself.
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_stored_bodies_idx ON deliveries (sent_at)
    WHERE state = 'sent' AND webhook_id IS NOT NULL AND event_revision IS NULL AND payload <> 'null';
