-- Topics, revisions and events: what makes clients live, lists cacheable and reconnects lossless (docs/architecture.md).

-- A topic is a project or a user's own feed; its id is that of the project or of the user.
-- Locking a topic's row orders the writes to it, so revisions have no gaps and become visible in order.
CREATE TABLE topics (
    id       uuid   PRIMARY KEY,
    kind     text   NOT NULL CHECK (kind IN ('project', 'user')),
    revision bigint NOT NULL DEFAULT 0 CHECK (revision >= 0)
) WITH (fillfactor = 50); -- every write updates a row here: room for heap-only updates

CREATE TABLE events (
    topic_id uuid        NOT NULL REFERENCES topics ON DELETE CASCADE,
    revision bigint      NOT NULL,
    kind     text        NOT NULL,
    data     jsonb       NOT NULL,
    actor_id uuid,       -- no foreign key: the past stays when the account goes
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic_id, revision)
);
-- The worker prunes by age; rows arrive in that order, so a block range index is enough.
CREATE INDEX events_at_idx ON events USING brin (at);
