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
CREATE INDEX notifications_user_idx ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread_idx ON notifications (user_id) WHERE read_at IS NULL;
CREATE INDEX notifications_task_idx ON notifications (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX notifications_project_idx ON notifications (project_id) WHERE project_id IS NOT NULL;
