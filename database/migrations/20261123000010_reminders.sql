-- What is told because time passes: reminders, due dates, the digest of the week.

-- A reminder is its maker's own. It is for an instant, or so long before the start or the due date of its task.
CREATE TABLE reminders (
    id             uuid        PRIMARY KEY,
    task_id        uuid        NOT NULL REFERENCES tasks ON DELETE CASCADE,
    user_id        uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    remind_at      timestamptz,
    relative_to    text        CHECK (relative_to IN ('start', 'due')),
    before_days    integer     CHECK (before_days >= 0),
    before_minutes integer     CHECK (before_minutes >= 0),
    -- Kept with every change of the task's dates and of the user's time zone; NULL while the task has no such date.
    fires_at       timestamptz,
    -- Whether it is still to fire at that moment.
    is_waiting     boolean     NOT NULL DEFAULT true,
    fired_at       timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(remind_at, relative_to) = 1),
    CHECK (num_nonnulls(relative_to, before_days, before_minutes) IN (0, 3))
);
CREATE INDEX reminders_task_idx ON reminders (task_id, user_id);
CREATE INDEX reminders_user_idx ON reminders (user_id);
-- The worker's, every second.
CREATE INDEX reminders_waiting_idx ON reminders (fires_at) INCLUDE (user_id) WHERE is_waiting;

-- Up to which moment the worker has looked for what the passing of time has brought. After it was down it goes on there.
CREATE TABLE clock_marks (
    name  text        PRIMARY KEY,
    until timestamptz NOT NULL
);
INSERT INTO clock_marks (name, until) VALUES ('due', now()), ('weekly', now());

-- Who is to be told, and was, that a task is due soon or overdue: once for each task, person and due date.
CREATE TABLE due_notices (
    task_id    uuid        NOT NULL REFERENCES tasks ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    kind       text        NOT NULL CHECK (kind IN ('task.due_soon', 'task.overdue')),
    due_date   date,
    due_at     timestamptz,
    is_waiting boolean     NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(due_date, due_at) = 1),
    UNIQUE NULLS NOT DISTINCT (task_id, user_id, kind, due_date, due_at)
);
CREATE INDEX due_notices_waiting_idx ON due_notices (user_id) WHERE is_waiting;
-- The worker prunes by age; rows arrive in that order, so a block range index is enough.
CREATE INDEX due_notices_created_at_idx ON due_notices USING brin (created_at);

-- Whose digest of which ISO week is to be queued, or was.
CREATE TABLE weekly_digests (
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    week       text        NOT NULL,
    is_waiting boolean     NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, week)
);
CREATE INDEX weekly_digests_waiting_idx ON weekly_digests (user_id) WHERE is_waiting;
