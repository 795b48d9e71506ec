-- The keys by which links to unsubscribe are read, for good, whatever becomes of the secrets that they were made from. They sign
-- nothing else. The id is that of the secret.
SET LOCAL lock_timeout = '5s';

CREATE TABLE unsubscribe_keys (
    id         text        PRIMARY KEY,
    key        bytea       NOT NULL CHECK (octet_length(key) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);
