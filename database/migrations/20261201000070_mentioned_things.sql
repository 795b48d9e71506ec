SET LOCAL lock_timeout = '5s';

-- What a message of the outbox or a line of a digest names, with its kind: clients choose ids, so that of a deleted tag can be that of
-- somebody else's task.
CREATE FUNCTION mentioned_things(payload jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT mentioned.kind || ':' || mentioned.id
    FROM (SELECT payload UNION ALL SELECT jsonb_path_query(payload, '$.things[*]')) AS things (thing),
         LATERAL (VALUES ('task', thing ->> 'task_id'), ('project', thing ->> 'project_id'), ('invitation', thing ->> 'invitation_id'))
             AS mentioned (kind, id)
    WHERE mentioned.id IS NOT NULL
);
