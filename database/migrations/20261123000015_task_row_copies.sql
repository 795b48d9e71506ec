SET LOCAL lock_timeout = '5s';

-- What a list shows of a task beside its own row, kept with the row: looking both up was two thirds of the pages that a list
-- read. The truth remains in task_tags and in the subtasks themselves. Triggers alone write these copies, so that servers of
-- the release before, which know nothing of them, keep them right too.
ALTER TABLE tasks
    ADD COLUMN tags           text[]  NOT NULL DEFAULT '{}', -- names, in the order of lower(name)
    ADD COLUMN subtasks_total integer NOT NULL DEFAULT 0,    -- without those in the trash
    ADD COLUMN subtasks_done  integer NOT NULL DEFAULT 0;

-- PL/pgSQL, which keeps its plans.
CREATE FUNCTION refresh_task_tags(task_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks t
    SET tags = ARRAY(SELECT g.name FROM task_tags tt JOIN tags g ON g.id = tt.tag_id
                     WHERE tt.task_id = t.id ORDER BY lower(g.name))
    WHERE t.id = ANY (task_ids);
END;
$$;

CREATE FUNCTION task_tags_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_task_tags(ARRAY(SELECT DISTINCT task_id FROM changed));
    RETURN NULL;
END;
$$;
CREATE TRIGGER task_tags_insert AFTER INSERT ON task_tags REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION task_tags_changed();
-- Also when a tag is deleted, by its foreign key.
CREATE TRIGGER task_tags_delete AFTER DELETE ON task_tags REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION task_tags_changed();

CREATE FUNCTION tag_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_task_tags(ARRAY(SELECT task_id FROM task_tags WHERE tag_id = NEW.id));
    RETURN NULL;
END;
$$;
CREATE TRIGGER tags_rename AFTER UPDATE OF name ON tags
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION tag_renamed();

CREATE FUNCTION subtask_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Counted and not added up: many subtasks that change at once write their parent once.
    UPDATE tasks p
    SET subtasks_total = c.total, subtasks_done = c.done
    FROM (SELECT OLD.parent_id UNION SELECT NEW.parent_id) AS changed (id), LATERAL (
        SELECT count(*), count(*) FILTER (WHERE s.status = 'done')
        FROM tasks s WHERE s.parent_id = changed.id AND s.deleted_at IS NULL
    ) AS c (total, done)
    WHERE p.id = changed.id AND (p.subtasks_total, p.subtasks_done) IS DISTINCT FROM (c.total, c.done);
    RETURN NULL;
END;
$$;
CREATE TRIGGER subtask_insert AFTER INSERT ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION subtask_changed();
CREATE TRIGGER subtask_update AFTER UPDATE OF parent_id, status, deleted_at ON tasks
    FOR EACH ROW
    WHEN ((OLD.parent_id, OLD.status = 'done', OLD.deleted_at IS NULL)
          IS DISTINCT FROM (NEW.parent_id, NEW.status = 'done', NEW.deleted_at IS NULL)
          AND (OLD.parent_id IS NOT NULL OR NEW.parent_id IS NOT NULL))
    EXECUTE FUNCTION subtask_changed();
CREATE TRIGGER subtask_delete AFTER DELETE ON tasks
    FOR EACH ROW WHEN (OLD.parent_id IS NOT NULL AND OLD.deleted_at IS NULL) EXECUTE FUNCTION subtask_changed();
