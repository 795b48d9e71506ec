-- no-transaction
-- Copies what is there, project by project, each under the lock of its writers: so nobody waits longer than for one project,
-- and nothing is written in between. When it is interrupted, it goes on with what is still missing.
DO $$
DECLARE
    locked uuid;
BEGIN
    FOR locked IN SELECT id FROM projects LOOP
        PERFORM FROM topics WHERE id = locked FOR NO KEY UPDATE;
        UPDATE tasks t
        SET tags = d.tags, subtasks_total = d.subtasks[1], subtasks_done = d.subtasks[2]
        FROM task_details d
        WHERE t.project_id = locked AND d.id = t.id
          AND (t.tags, t.subtasks_total, t.subtasks_done) IS DISTINCT FROM (d.tags, d.subtasks[1], d.subtasks[2]);
        COMMIT;
    END LOOP;
END;
$$;
