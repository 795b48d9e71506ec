SET LOCAL lock_timeout = '5s';

-- Who may not invite somebody any more. Their invitations are made as ever, so that they do not learn of it, and reach nobody.
CREATE TABLE invitation_blocks (
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    blocked_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, blocked_id),
    CHECK (user_id <> blocked_id)
);
CREATE INDEX invitation_blocks_blocked_id_idx ON invitation_blocks (blocked_id);

-- What is open for an address.
CREATE INDEX invitations_open_idx ON invitations (lower(email)) WHERE accepted_at IS NULL;

-- Who is asked first is told so by the ways that they chose for being added.
INSERT INTO notification_preferences (user_id, kind, channel, enabled)
SELECT user_id, 'project.invited', channel, enabled FROM notification_preferences WHERE kind = 'project.member_added'
ON CONFLICT DO NOTHING;
