-- no-transaction
-- A name is one tag of a project, however it is written: Café composed or not, full width or half, ß or ss. What there is more than
-- once becomes the oldest of them, project by project, each under the lock of its writers and with its next revision, as in
-- 20261130000001. The index by lower(name) stays for servers of the version before.
DO $$
DECLARE
    locked uuid;
BEGIN
    FOR attempt IN 1..5 LOOP
        FOR locked IN SELECT DISTINCT project_id FROM tags GROUP BY project_id, name_key(name) HAVING count(*) > 1 LOOP
            PERFORM FROM topics WHERE id = locked FOR NO KEY UPDATE;
            CREATE TEMPORARY TABLE same_tags ON COMMIT DROP AS
            SELECT id, kept FROM (
                SELECT id, first_value(id) OVER (PARTITION BY name_key(name) ORDER BY id) AS kept FROM tags WHERE project_id = locked
            ) AS named WHERE id <> kept;
            UPDATE tasks SET version = version + 1
            WHERE id IN (SELECT task_id FROM task_tags JOIN same_tags ON tag_id = id);
            INSERT INTO task_tags (task_id, tag_id, project_id)
            SELECT task_id, kept, project_id FROM task_tags JOIN same_tags ON tag_id = id
            ON CONFLICT DO NOTHING;
            DELETE FROM tags WHERE id IN (SELECT id FROM same_tags);
            UPDATE topics SET revision = revision + 1 WHERE id = locked;
            COMMIT;
        END LOOP;
        BEGIN
            SET LOCAL lock_timeout = '5s';
            CREATE UNIQUE INDEX IF NOT EXISTS tags_name_key_key ON tags (project_id, name_key(name));
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- A server of the version before has made one meanwhile.
            IF attempt = 5 THEN RAISE; END IF;
        END;
    END LOOP;
END;
$$;
