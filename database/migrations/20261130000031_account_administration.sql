-- Accounts that an administrator has disabled, when each was last used, and the code that makes the first administrator.
--
-- A server of the version before knows nothing of it: it may sign a disabled account in for as long as it still runs, which ends with
-- the first request to a new one.
SET LOCAL lock_timeout = '5s';

ALTER TABLE users
    ADD COLUMN disabled_at     timestamptz,
    ADD COLUMN disabled_reason text CONSTRAINT users_disabled_reason_length CHECK (length(disabled_reason) <= 200),
    -- Written with each new session and each renewal, so a quarter of an hour late at most.
    ADD COLUMN last_seen_at    timestamptz,
    ADD CONSTRAINT users_disabled_reason_when CHECK (disabled_reason IS NULL OR disabled_at IS NOT NULL);

UPDATE users u SET last_seen_at = s.last_used_at
FROM (SELECT user_id, max(last_used_at) AS last_used_at FROM sessions GROUP BY user_id) s WHERE s.user_id = u.id;

-- The rule that one administrator is left looks at these, and locks them.
CREATE INDEX users_administrators_idx ON users (id) WHERE is_admin;

ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check CHECK (end_reason IN
    ('signed_out', 'ended_by_user', 'password_changed', 'token_reused', 'made_room', 'ended_by_administrator', 'account_disabled'));

-- Switched off together with the owner's account, and so on again with it, or with another owner.
ALTER TABLE webhooks ADD COLUMN paused_with_owner boolean NOT NULL DEFAULT false;

-- One row, or none once there is an administrator. Readable, since servers print it; who reads the database needs no code.
CREATE TABLE setup_code (
    is_the_only_row boolean     PRIMARY KEY DEFAULT true CHECK (is_the_only_row),
    code            text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);
