SET LOCAL lock_timeout = '5s';

-- What members, watchers and webhooks are still to be told of an event of a project. Written with the event, one row whatever their number;
-- a worker makes notifications, mails, messages to webhooks and events of people's feeds of it, some people in each transaction
-- (backend/src/notices/). A server of before writes those itself and no row here, so both work side by side.
CREATE TABLE pending_notices (
    topic_id         uuid        NOT NULL REFERENCES topics ON DELETE CASCADE,
    revision         bigint      NOT NULL,
    -- When it was written, under the project's lock: who has joined since is not told.
    at               timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Never told. No foreign key: the account may go meanwhile.
    actor_id         uuid,
    -- What is told to whom; empty when it is for webhooks alone.
    notices          jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(notices) = 'array'),
    -- The project has gone for all members, or has come back.
    membership       text        CHECK (membership IN ('joined', 'left')),
    -- How far it has come: whether messages to webhooks are queued, and the last of the members in the order of their ids.
    webhooks_queued  boolean     NOT NULL DEFAULT false,
    last_user_id     uuid,
    attempts         integer     NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    -- Given up; an administrator can have it tried again.
    parked_at        timestamptz,
    last_error       text,
    PRIMARY KEY (topic_id, revision)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000); -- rows stay for milliseconds
CREATE INDEX pending_notices_due_idx ON pending_notices (next_attempt_at, topic_id, revision) WHERE parked_at IS NULL;
CREATE INDEX pending_notices_parked_idx ON pending_notices (parked_at) WHERE parked_at IS NOT NULL;
