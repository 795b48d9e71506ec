SET LOCAL lock_timeout = '5s';

-- Which process does the jobs that one alone is to do. It renews the lease; when it has not for a while, another takes over. A row, since
-- a session lock would not survive a pooler that gives connections for the length of a transaction.
CREATE TABLE leases (
    name       text        PRIMARY KEY,
    holder     uuid        NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Where rows leave at one end and come at the other, a BRIN index summarises pages that are filled anew, until every range of it covers all
-- times and each look at what is old reads the whole table. B-trees by time take their place; of deliveries there is one already
-- (deliveries_newest_idx).
DROP INDEX IF EXISTS events_at_idx, notifications_created_at_idx, deliveries_created_at_idx, due_notices_created_at_idx;

-- Small, and written by the worker alone, which waits.
CREATE INDEX due_notices_told_idx ON due_notices (created_at) WHERE NOT is_waiting;
CREATE INDEX weekly_digests_told_idx ON weekly_digests (created_at) WHERE NOT is_waiting;
