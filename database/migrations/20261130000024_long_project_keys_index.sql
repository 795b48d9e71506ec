-- no-transaction
-- The same of each member's own order of projects.
CREATE INDEX CONCURRENTLY IF NOT EXISTS project_members_long_position_idx ON project_members (user_id)
    WHERE octet_length(position) > 64;
