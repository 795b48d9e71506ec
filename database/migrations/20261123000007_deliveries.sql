-- Mail: addresses that were confirmed, the tokens of links in mails, and the outbox.

ALTER TABLE users ADD COLUMN email_verified_at timestamptz;

-- Single-use and short-lived. The tokens themselves stand in the mails alone.
CREATE TABLE account_tokens (
    token_hash bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text        NOT NULL CHECK (purpose IN ('reset_password', 'confirm_email')),
    email      text        NOT NULL, -- the address it was sent to, and so the one that it proves
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX account_tokens_user_id_idx ON account_tokens (user_id);
CREATE INDEX account_tokens_expires_at_idx ON account_tokens (expires_at);

-- The outbox: a row is written in the transaction of what it tells of, and workers claim rows with SKIP LOCKED.
CREATE TABLE deliveries (
    id               uuid        PRIMARY KEY,
    -- One for each event, recipient and channel: nothing can be queued twice.
    event_key        text        NOT NULL,
    recipient        text        NOT NULL, -- a user's id, or an address that has no account (yet)
    channel          text        NOT NULL,
    kind             text        NOT NULL,
    user_id          uuid        REFERENCES users ON DELETE CASCADE,
    payload          jsonb       NOT NULL DEFAULT '{}',
    state            text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'parked')),
    -- Pending rows are due from this moment; a claim moves it to the end of its lease, so what a killed worker had
    -- claimed comes back by itself.
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    claim            uuid,
    -- Set while the other side has it and has not answered.
    handing_over     boolean     NOT NULL DEFAULT false,
    attempts         integer     NOT NULL DEFAULT 0,
    -- Attempts whose answer was lost: the recipient may have got it then already.
    unacknowledged   integer     NOT NULL DEFAULT 0,
    last_error       text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    sent_at          timestamptz,
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    UNIQUE (event_key, recipient, channel)
) WITH (fillfactor = 70); -- every row is updated a few times
CREATE INDEX deliveries_due_idx ON deliveries (next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_parked_idx ON deliveries (created_at DESC, id DESC) WHERE state = 'parked';
CREATE INDEX deliveries_user_idx ON deliveries (user_id, created_at DESC, id DESC);
CREATE INDEX deliveries_sent_idx ON deliveries (user_id, sent_at) WHERE state = 'sent';
CREATE INDEX deliveries_created_at_idx ON deliveries USING brin (created_at);
