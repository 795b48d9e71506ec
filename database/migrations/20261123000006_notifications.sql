CREATE TABLE notifications (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    kind       text        NOT NULL,
    actor_id   uuid        REFERENCES users ON DELETE SET NULL,
    project_id uuid        REFERENCES projects ON DELETE CASCADE,
    task_id    uuid        REFERENCES tasks ON DELETE CASCADE,
    data       jsonb       NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at    timestamptz
);
-- The list, newest first, and the same of those that are not read, with their count.
CREATE INDEX notifications_user_idx ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread_idx ON notifications (user_id, created_at DESC, id DESC) WHERE read_at IS NULL;
-- The worker prunes by age; rows arrive in that order, so a block range index is enough.
CREATE INDEX notifications_created_at_idx ON notifications USING brin (created_at);
-- For the foreign keys: they go with their task and project.
CREATE INDEX notifications_task_idx ON notifications (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX notifications_project_idx ON notifications (project_id) WHERE project_id IS NOT NULL;
