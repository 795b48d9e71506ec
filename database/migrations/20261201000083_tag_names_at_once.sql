SET LOCAL lock_timeout = '5s';

-- A tag's new name on very many tasks holds off everybody who works in its project. It is written once for each task, name and version
-- together, and made of what stands there; the rest of the names did not change. Servers of the release before give those tasks a version
-- more themselves, which does no harm.
CREATE OR REPLACE FUNCTION tag_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks t
    SET version = t.version + 1,
        tags = CASE WHEN cardinality(t.tags) = 1 THEN ARRAY[NEW.name]
               ELSE ARRAY(SELECT name FROM unnest(array_replace(t.tags, OLD.name, NEW.name)) AS name ORDER BY lower(name)) END
    WHERE t.id IN (SELECT task_id FROM task_tags WHERE tag_id = NEW.id);
    RETURN NULL;
END;
$$;

-- The same for a tag that goes: with the rows of task_tags, which its foreign key deletes after it, nothing is left to write.
CREATE FUNCTION tag_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks t SET version = t.version + 1, tags = array_remove(t.tags, OLD.name)
    WHERE t.id IN (SELECT task_id FROM task_tags WHERE tag_id = OLD.id);
    RETURN OLD;
END;
$$;
CREATE TRIGGER tags_delete BEFORE DELETE ON tags FOR EACH ROW EXECUTE FUNCTION tag_deleted();

CREATE OR REPLACE FUNCTION refresh_task_tags(task_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks t SET tags = is_now.tags
    FROM unnest(task_ids) AS changed (id), LATERAL (
        SELECT ARRAY(SELECT g.name FROM task_tags tt JOIN tags g ON g.id = tt.tag_id
                     WHERE tt.task_id = changed.id ORDER BY lower(g.name)) AS tags
    ) AS is_now
    WHERE t.id = changed.id AND t.tags IS DISTINCT FROM is_now.tags;
END;
$$;
