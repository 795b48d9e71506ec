-- no-transaction
-- The messages to webhooks that tell of a thing: of many events, so not by the index of mails, which costs more.
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_webhook_thing_idx ON deliveries ((payload ->> 'id')) WHERE channel = 'webhook';
