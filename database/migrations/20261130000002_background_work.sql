-- Deliveries that end the worker, and background tasks that end.

SET LOCAL lock_timeout = '5s';

-- How often a delivery was claimed since it last had a result. One that ends the worker which handles it would be claimed for ever.
ALTER TABLE deliveries ADD COLUMN unfinished_claims integer NOT NULL DEFAULT 0;

-- Background tasks that have ended unexpectedly and have not run well since, of all processes, so that the doctor of one sees
-- those of another. A process renews its rows while they hold; it may end without removing them, so old ones say nothing.
CREATE TABLE background_interruptions (
    process uuid        NOT NULL, -- made up when it starts
    program text        NOT NULL CHECK (program IN ('server', 'worker')),
    task    text        NOT NULL,
    since   timestamptz NOT NULL,
    ends    integer     NOT NULL,
    reason  text        NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (process, task)
);
CREATE INDEX background_interruptions_seen_at_idx ON background_interruptions (seen_at);
