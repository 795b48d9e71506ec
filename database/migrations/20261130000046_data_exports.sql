SET LOCAL lock_timeout = '5s';

-- All data of a person in one archive, made by a worker. One for each person: a new one takes the place of the one before.
CREATE TABLE data_exports (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    state         text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'ready', 'failed')),
    -- In percent.
    progress      smallint    NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    size          bigint      NOT NULL DEFAULT 0, -- bytes
    attempts      smallint    NOT NULL DEFAULT 0,
    -- The worker that makes it renews this; after that another begins anew.
    claimed_until timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz
);
CREATE INDEX data_exports_unfinished_idx ON data_exports (created_at) WHERE state IN ('waiting', 'running');

-- Servers and workers share no disk, so the archive stands here, in pieces.
CREATE TABLE data_export_pieces (
    export_id uuid    NOT NULL REFERENCES data_exports ON DELETE CASCADE,
    number    integer NOT NULL,
    bytes     bytea   NOT NULL CHECK (octet_length(bytes) <= 1048576),
    PRIMARY KEY (export_id, number)
);
-- It is compressed already.
ALTER TABLE data_export_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;
