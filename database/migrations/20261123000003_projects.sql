CREATE TABLE projects (
    id          uuid        PRIMARY KEY,
    owner_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    color       text        NOT NULL CHECK (color ~ '^#[0-9a-f]{6}$'),
    icon        text        NOT NULL CHECK (length(icon) BETWEEN 1 AND 32),
    is_inbox    boolean     NOT NULL DEFAULT false,
    archived_at timestamptz,
    deleted_at  timestamptz,
    version     bigint      NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    -- An Inbox cannot be put away.
    CHECK (NOT is_inbox OR (archived_at IS NULL AND deleted_at IS NULL))
);
CREATE UNIQUE INDEX projects_inbox_key ON projects (owner_id) WHERE is_inbox;
CREATE INDEX projects_deleted_at_idx ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE project_members (
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    role       text        NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    position   text        NOT NULL COLLATE "C", -- the order of projects is each member's own
    joined_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, user_id)
);
CREATE UNIQUE INDEX project_members_owner_key ON project_members (project_id) WHERE role = 'owner';
CREATE INDEX project_members_user_id_idx ON project_members (user_id) INCLUDE (project_id, role);

-- Who may see what. Every query for projects, tags and tasks begins here, from the caller.
CREATE VIEW project_access AS
SELECT m.user_id, m.project_id, m.role, p.archived_at, p.is_inbox
FROM project_members m
JOIN projects p ON p.id = m.project_id
WHERE p.deleted_at IS NULL;

CREATE TABLE tags (
    id         uuid        PRIMARY KEY,
    project_id uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    color      text        NOT NULL CHECK (color ~ '^#[0-9a-f]{6}$'),
    version    bigint      NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, project_id) -- for the foreign key of task_tags
);
CREATE UNIQUE INDEX tags_name_key ON tags (project_id, lower(name));
