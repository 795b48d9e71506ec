SET LOCAL lock_timeout = '5s';

-- A task that goes into the trash or comes back takes its subtasks along, by one statement. The row triggers counted all subtasks anew for
-- each of them: the time grew with the square of their number. Now they are counted once a statement. What changes no subtask ends at
-- the first look, also the statement's own change of the parent.
CREATE FUNCTION subtasks_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parents uuid[];
BEGIN
    SELECT array_agg(DISTINCT c.parent_id) INTO parents
    FROM was JOIN is_now USING (id), LATERAL (VALUES (was.parent_id), (is_now.parent_id)) AS c (parent_id)
    WHERE c.parent_id IS NOT NULL
      AND (was.parent_id, was.status = 'done', was.deleted_at IS NULL)
          IS DISTINCT FROM (is_now.parent_id, is_now.status = 'done', is_now.deleted_at IS NULL);
    IF parents IS NOT NULL THEN
        UPDATE tasks p
        SET subtasks_total = c.total, subtasks_done = c.done
        FROM unnest(parents) AS changed (id), LATERAL (
            SELECT count(*), count(*) FILTER (WHERE s.status = 'done')
            FROM tasks s WHERE s.parent_id = changed.id AND s.deleted_at IS NULL
        ) AS c (total, done)
        WHERE p.id = changed.id AND (p.subtasks_total, p.subtasks_done) IS DISTINCT FROM (c.total, c.done);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER subtasks_update AFTER UPDATE ON tasks REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION subtasks_updated();
DROP TRIGGER subtask_update ON tasks;
