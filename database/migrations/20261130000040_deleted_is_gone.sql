SET LOCAL lock_timeout = '5s';

-- Who is deleted for good is gone from what was told of them too: events, the outbox, digests. The triggers queue it in the transaction
-- that deletes, whatever that is: a request, the job that empties the trash, a foreign key, somebody with psql. A worker goes through
-- the queue in small steps (backend/src/erasure/).
CREATE TABLE erasures (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('task', 'project', 'tag', 'invitation')),
    thing_id   uuid        NOT NULL,
    -- What was written later is of another thing, which a client made with the same id.
    deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Done once, and to be done once more: a transaction that had read the thing before may have written after.
    checked_at timestamptz
);

CREATE FUNCTION queue_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, thing_id) SELECT TG_ARGV[0], id FROM gone;
    RETURN NULL;
END;
$$;
CREATE TRIGGER tasks_erase AFTER DELETE ON tasks REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION queue_erasure('task');
CREATE TRIGGER projects_erase AFTER DELETE ON projects REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION queue_erasure('project');
CREATE TRIGGER tags_erase AFTER DELETE ON tags REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION queue_erasure('tag');
CREATE TRIGGER invitations_erase AFTER DELETE ON invitations REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION queue_erasure('invitation');

-- The ids of all things that a message of the outbox or a line of a digest names.
CREATE FUNCTION mentioned_ids(payload jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT mentioned.id
    FROM (SELECT payload UNION ALL SELECT jsonb_path_query(payload, '$.things[*]')) AS things (thing),
         LATERAL (VALUES (thing ->> 'id'), (thing ->> 'task_id'), (thing ->> 'project_id'), (thing ->> 'invitation_id')) AS mentioned (id)
    WHERE mentioned.id IS NOT NULL
);

-- An event, or a message that was made from one, without what people have written in it: its fields are there, and empty.
CREATE FUNCTION without_texts(data jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN data
    || CASE WHEN data ? 'title' THEN '{"title": "", "description": "", "tags": []}'::jsonb ELSE '{}' END
    || CASE WHEN data ? 'name' THEN '{"name": ""}'::jsonb ELSE '{}' END
    || CASE WHEN data ? 'name' AND data ? 'from' THEN '{"from": ""}'::jsonb ELSE '{}' END
    || CASE WHEN data ? 'email' THEN '{"email": ""}'::jsonb ELSE '{}' END;

-- A project that is being deleted for good, in steps: nobody sees it or takes it back any more.
ALTER TABLE projects ADD COLUMN erasing boolean NOT NULL DEFAULT false;
CREATE INDEX projects_erasing_idx ON projects (id) WHERE erasing;
