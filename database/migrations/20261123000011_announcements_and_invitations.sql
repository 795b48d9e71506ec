-- Deliveries that an administrator sees and tries again, announcements to everybody, and invitations by mail.

-- A delivery that was tried again by hand is as old as that: it gives up anew after as long.
ALTER TABLE deliveries ADD COLUMN retried_at timestamptz;
-- The administrators' list, newest first.
CREATE INDEX deliveries_newest_idx ON deliveries (created_at DESC, id DESC);

-- A message to everybody. A worker walks the users in the order of their ids and keeps here how far it has come, in the
-- transaction that tells them.
CREATE TABLE announcements (
    id           uuid        PRIMARY KEY,
    texts        jsonb       NOT NULL, -- {"en": {"title", "text"}, "zh-CN": {…}}
    created_by   uuid        REFERENCES users ON DELETE SET NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_user_id uuid,                        -- everybody up to this one has been told
    recipients   bigint,                      -- counted when the walk begins
    reached      bigint      NOT NULL DEFAULT 0,
    finished_at  timestamptz
);
CREATE INDEX announcements_newest_idx ON announcements (created_at DESC, id DESC);
CREATE INDEX announcements_unfinished_idx ON announcements (created_at, id) WHERE finished_at IS NULL;
CREATE INDEX announcements_created_by_idx ON announcements (created_by);

-- The links' tokens are made from the id and stand nowhere.
CREATE TABLE invitations (
    id          uuid        PRIMARY KEY,
    project_id  uuid        NOT NULL REFERENCES projects ON DELETE CASCADE,
    email       text        NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    role        text        NOT NULL CHECK (role IN ('editor', 'viewer')),
    invited_by  uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid        REFERENCES users ON DELETE SET NULL
);
-- One that is open for each project and address.
CREATE UNIQUE INDEX invitations_email_key ON invitations (project_id, lower(email)) WHERE accepted_at IS NULL;
CREATE INDEX invitations_expires_at_idx ON invitations (expires_at);
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by);
CREATE INDEX invitations_accepted_by_idx ON invitations (accepted_by);
