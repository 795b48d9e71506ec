-- The order in which deliveries go out, what was sent to whom, and mails that are gathered into one.

ALTER TABLE deliveries
    -- Smaller goes first: 0 what somebody waits for (a new password, say), 1 notifications, 2 messages to everybody.
    ADD COLUMN priority smallint NOT NULL DEFAULT 1,
    -- Written when it is handed over; what people see of what was sent to them.
    ADD COLUMN subject text,
    ADD COLUMN address text;
CREATE INDEX deliveries_next_idx ON deliveries (channel, priority, next_attempt_at, id) WHERE state = 'pending';
DROP INDEX deliveries_due_idx;

-- Those who want one mail a day or a week instead of single ones, at a time of day in their own time zone.
CREATE TABLE digests (
    user_id   uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    frequency text NOT NULL CHECK (frequency IN ('daily', 'weekly')),
    at_time   time NOT NULL
);

-- What waits for the next digest; the worker gathers what is due of a user into one delivery.
CREATE TABLE digest_items (
    id          uuid        PRIMARY KEY,
    user_id     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    kind        text        NOT NULL,
    payload     jsonb       NOT NULL,
    due_at      timestamptz NOT NULL,
    delivery_id uuid        REFERENCES deliveries ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX digest_items_due_idx ON digest_items (due_at) WHERE delivery_id IS NULL;
CREATE INDEX digest_items_delivery_idx ON digest_items (delivery_id, id);
CREATE INDEX digest_items_user_idx ON digest_items (user_id);
