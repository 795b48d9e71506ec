CREATE TABLE tasks (
    id           uuid        PRIMARY KEY,
    project_id   uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    parent_id    uuid,
    title        text        NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    description  text        NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
    status       text        NOT NULL DEFAULT 'todo' CHECK (status IN ('todo', 'in_progress', 'done', 'cancelled')),
    priority     smallint    NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4), -- none, low, medium, high, urgent
    assignee_id  uuid,
    created_by   uuid        REFERENCES users ON DELETE SET NULL,
    start_date   date,
    start_at     timestamptz,
    due_date     date,
    due_at       timestamptz,
    -- What lists sort by: a day counts as its end in UTC, no due at all comes last.
    due_order    timestamptz NOT NULL GENERATED ALWAYS AS (
        coalesce(due_at, (due_date + 1)::timestamp AT TIME ZONE 'UTC', 'infinity'::timestamptz)
    ) STORED,
    position     text        NOT NULL COLLATE "C",
    completed_at timestamptz,
    deleted_at   timestamptz,
    version      bigint      NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),

    CHECK (num_nonnulls(start_date, start_at) <= 1),
    CHECK (num_nonnulls(due_date, due_at) <= 1),
    CHECK ((status = 'done') = (completed_at IS NOT NULL)),

    -- Subtasks are one level deep and live in their parent's project; the key below makes both true:
    -- a parent is found only with level 0. Deferred, since a task moves to another project with its subtasks.
    level        smallint    NOT NULL GENERATED ALWAYS AS (CASE WHEN parent_id IS NULL THEN 0 ELSE 1 END) STORED,
    parent_level smallint    GENERATED ALWAYS AS (CASE WHEN parent_id IS NULL THEN NULL ELSE 0 END) STORED,
    UNIQUE (id, project_id, level),
    CONSTRAINT tasks_parent_fkey FOREIGN KEY (parent_id, project_id, parent_level)
        REFERENCES tasks (id, project_id, level) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE,

    -- Only a member can be responsible.
    CONSTRAINT tasks_assignee_fkey FOREIGN KEY (project_id, assignee_id)
        REFERENCES project_members (project_id, user_id) ON DELETE SET NULL (assignee_id) DEFERRABLE INITIALLY IMMEDIATE,
    -- For the foreign key of task_tags. The project comes first, so that it also finds every task of a project, those in the
    -- trash too: when the project is deleted.
    UNIQUE (project_id, id)
) WITH (fillfactor = 85); -- room for heap-only updates

-- No index has status, version, updated_at or completed_at in its columns or its condition: so a change of status, the most
-- frequent write, touches no index at all (a heap-only update). What filters by them reads the caller's tasks.

-- The list of a project in its manual order, and the neighbours of a place in it; counts.
CREATE INDEX tasks_project_position_idx ON tasks (project_id, position, id) WHERE deleted_at IS NULL;
-- The list of a project by due; due today, this week, overdue.
CREATE INDEX tasks_project_due_idx ON tasks (project_id, due_order, id) WHERE deleted_at IS NULL;
-- Subtasks and their counts; deleting with the parent.
CREATE INDEX tasks_parent_idx ON tasks (parent_id) WHERE parent_id IS NOT NULL;
-- Assigned to somebody; taking a member's name off (those in the trash too).
CREATE INDEX tasks_project_assignee_idx ON tasks (project_id, assignee_id) WHERE assignee_id IS NOT NULL;
-- The trash of a project, newest first. Small, so the worker reads the whole of it for what is old enough.
CREATE INDEX tasks_trash_idx ON tasks (project_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE task_tags (
    task_id    uuid NOT NULL,
    tag_id     uuid NOT NULL,
    project_id uuid NOT NULL,
    PRIMARY KEY (task_id, tag_id),
    -- Both in the same project, or not at all.
    FOREIGN KEY (task_id, project_id) REFERENCES tasks (id, project_id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
    FOREIGN KEY (tag_id, project_id) REFERENCES tags (id, project_id) ON DELETE CASCADE
);
-- Tasks with a tag; deleting a tag.
CREATE INDEX task_tags_tag_id_idx ON task_tags (tag_id, task_id);

-- A task as the API shows it.
CREATE VIEW task_details AS
SELECT t.id, t.project_id, t.parent_id, t.title, t.description, t.status, t.priority, t.assignee_id, t.created_by,
       t.start_date, t.start_at, t.due_date, t.due_at, t.due_order, t.position, t.completed_at, t.deleted_at,
       t.version, t.created_at, t.updated_at,
       ARRAY(SELECT g.name FROM task_tags tt JOIN tags g ON g.id = tt.tag_id
             WHERE tt.task_id = t.id ORDER BY lower(g.name)) AS tags,
       -- All and done, in one look; a subtask has none.
       CASE WHEN t.parent_id IS NULL
            THEN (SELECT ARRAY[count(*), count(*) FILTER (WHERE s.status = 'done')]
                  FROM tasks s WHERE s.parent_id = t.id AND s.deleted_at IS NULL)
            ELSE ARRAY[0, 0]::bigint[] END AS subtasks
FROM tasks t;
