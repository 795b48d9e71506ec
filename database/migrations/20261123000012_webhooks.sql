-- Webhooks: URLs of a project's owner that are told of its events. What they are sent stands in the outbox.

CREATE TABLE webhooks (
    id               uuid        PRIMARY KEY,
    project_id       uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    url              text        NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    events           text[]      NOT NULL DEFAULT '{}', -- empty: all
    -- Readable, since each message is signed with it. After a rotation the one before signs too, for a while.
    secret           bytea       NOT NULL CHECK (octet_length(secret) BETWEEN 24 AND 64),
    old_secret       bytea       CHECK (octet_length(old_secret) BETWEEN 24 AND 64),
    old_secret_until timestamptz,
    is_active        boolean     NOT NULL DEFAULT true,
    disabled_reason  text        CHECK (disabled_reason IN ('gone', 'failing')),
    last_status      integer,
    -- Since when no message has been taken any more.
    failing_since    timestamptz,
    version          bigint      NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (disabled_reason IS NULL OR NOT is_active),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
-- The list of a project; and, with each event, those that are to be told.
CREATE INDEX webhooks_project_idx ON webhooks (project_id, created_at, id);

ALTER TABLE deliveries ADD COLUMN webhook_id uuid REFERENCES webhooks ON DELETE CASCADE;
-- What a webhook was sent, newest first; and what waits for each, so that many that wait for one hold up no other.
CREATE INDEX deliveries_webhook_idx ON deliveries (webhook_id, created_at DESC, id DESC) WHERE webhook_id IS NOT NULL;
CREATE INDEX deliveries_webhook_due_idx ON deliveries (webhook_id, next_attempt_at, id)
    WHERE state = 'pending' AND webhook_id IS NOT NULL;

-- What became of each attempt.
CREATE TABLE webhook_attempts (
    delivery_id      uuid        NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number           integer     NOT NULL,
    at               timestamptz NOT NULL,
    duration_ms      integer     NOT NULL,
    status           integer,
    error            text,
    response_excerpt text,
    PRIMARY KEY (delivery_id, number)
);
