-- no-transaction
-- The events that carry a thing, whatever the topic: to take its texts out when it is deleted for good.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_thing_idx ON events ((data ->> 'id')) WHERE data ->> 'id' IS NOT NULL;
