SET LOCAL lock_timeout = '5s';

-- Nobody's deletions wait for all of somebody else's. A thing has its place among those of the same owner that wait; the worker takes all
-- first ones, then all second ones. Whoever comes while a hundred thousand wait is the first of their own.
ALTER TABLE erasures ADD COLUMN source uuid, ADD COLUMN turn bigint NOT NULL DEFAULT 0;
CREATE INDEX erasures_turn_idx ON erasures (turn, id) WHERE checked_at IS NULL;
CREATE INDEX erasures_source_idx ON erasures (source, turn) WHERE checked_at IS NULL;
CREATE INDEX erasures_checked_at_idx ON erasures (checked_at, id) WHERE checked_at IS NOT NULL;

-- Whose a thing was is whose its project is; when that went before it (by a foreign key), the project stands for its owner.
CREATE OR REPLACE FUNCTION queue_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_ARGV[0] = 'project' THEN
        INSERT INTO erasures (kind, thing_id, source, turn)
        SELECT TG_ARGV[0], gone.id, gone.owner_id,
               coalesce((SELECT max(e.turn) FROM erasures e WHERE e.source = gone.owner_id AND e.checked_at IS NULL), 0)
               + row_number() OVER (PARTITION BY gone.owner_id ORDER BY gone.id)
        FROM gone;
    ELSE
        WITH owned AS MATERIALIZED (
            SELECT gone.id, coalesce(p.owner_id, gone.project_id) AS source
            FROM gone LEFT JOIN projects p ON p.id = gone.project_id
        ),
        last AS MATERIALIZED (
            SELECT o.source,
                   coalesce((SELECT max(e.turn) FROM erasures e WHERE e.source = o.source AND e.checked_at IS NULL), 0) AS turn
            FROM (SELECT DISTINCT source FROM owned) o
        )
        INSERT INTO erasures (kind, thing_id, source, turn)
        SELECT TG_ARGV[0], owned.id, owned.source,
               last.turn + row_number() OVER (PARTITION BY owned.source ORDER BY owned.id)
        FROM owned JOIN last USING (source);
    END IF;
    RETURN NULL;
END;
$$;
