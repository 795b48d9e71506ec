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

-- Accounts whose owners have asked for their end. Until `due_at` they can be kept; from `begun_at` on there is no way back.
CREATE TABLE account_deletions (
    user_id      uuid        PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    requested_at timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL,
    warned_at    timestamptz,
    begun_at     timestamptz
);
CREATE INDEX account_deletions_due_idx ON account_deletions (due_at);

-- What is to become of the shared projects of somebody who goes: each was offered to a member (projects.transfer_to), or goes with the
-- account (no heir).
CREATE TABLE account_deletion_projects (
    project_id uuid PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    owner_id   uuid NOT NULL REFERENCES account_deletions ON DELETE CASCADE,
    heir_id    uuid REFERENCES users ON DELETE CASCADE
);
CREATE INDEX account_deletion_projects_owner_idx ON account_deletion_projects (owner_id);
CREATE INDEX account_deletion_projects_heir_idx ON account_deletion_projects (heir_id);

-- Whose account is gone, and nothing else of them: a restore of an older backup deletes these again.
CREATE TABLE erased_accounts (
    user_id   uuid        PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);

-- What is told to others without the person. Ids stay, and lead to nobody.
CREATE FUNCTION without_person(data jsonb, person_id text, email text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN data
    || CASE WHEN data ->> 'user_id' = person_id AND data ? 'name' THEN '{"name": ""}'::jsonb ELSE '{}' END
    || CASE WHEN data #>> '{actor,id}' = person_id THEN '{"actor": null}'::jsonb ELSE '{}' END
    || CASE WHEN data #>> '{invited_by,id}' = person_id
       THEN jsonb_build_object('invited_by', jsonb_build_object('id', person_id, 'name', '')) ELSE '{}' END
    || CASE WHEN lower(data ->> 'email') = lower(email) THEN '{"email": ""}'::jsonb ELSE '{}' END;

-- What a person's end looks for.
CREATE INDEX projects_owner_idx ON projects (owner_id);
