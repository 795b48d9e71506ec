SET LOCAL lock_timeout = '5s';

-- The code of which somebody has become the first administrator, and who that was: the answer to the same request again, which may have
-- been lost, is the same for a minute.
CREATE TABLE used_setup_code (
    is_the_only_row boolean     PRIMARY KEY DEFAULT true CHECK (is_the_only_row),
    code_hash       bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    user_id         uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    used_at         timestamptz NOT NULL DEFAULT now()
);
