SET LOCAL lock_timeout = '5s';

-- New addresses of accounts: first they wait for the link in the mail to the new one, then the old one can be taken back for a while.
CREATE TABLE address_changes (
    id            uuid        PRIMARY KEY, -- made by the server; the tokens of both links are signatures of it
    user_id       uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    new_email     text        NOT NULL CHECK (length(new_email) BETWEEN 3 AND 254),
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- Until then it can be confirmed; once it is, until then it can be taken back.
    expires_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    -- Known once it is confirmed.
    old_email     text        CHECK (length(old_email) BETWEEN 3 AND 254),
    CHECK ((confirmed_at IS NULL) = (old_email IS NULL))
);
CREATE INDEX address_changes_user_id_idx ON address_changes (user_id);
CREATE INDEX address_changes_expires_at_idx ON address_changes (expires_at);
