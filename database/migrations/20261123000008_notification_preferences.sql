-- Who wants to be told of what, by which way and when; who watches which task; which devices an account has been used from.

-- Only what differs from the kind's default.
CREATE TABLE notification_preferences (
    user_id uuid    NOT NULL REFERENCES users ON DELETE CASCADE,
    kind    text    NOT NULL,
    channel text    NOT NULL CHECK (channel IN ('in_app', 'mail')),
    enabled boolean NOT NULL,
    PRIMARY KEY (user_id, kind, channel)
);

-- Mails wait for the end of the quiet hours, which are in the user's time zone and may go over midnight.
CREATE TABLE quiet_hours (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    quiet_from time NOT NULL,
    quiet_until time NOT NULL CHECK (quiet_until <> quiet_from)
);

CREATE TABLE task_watchers (
    task_id uuid        NOT NULL REFERENCES tasks ON DELETE CASCADE,
    user_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    since   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (task_id, user_id)
);
CREATE INDEX task_watchers_user_id_idx ON task_watchers (user_id);

-- The user agent without its version numbers, so that an update makes no new device.
CREATE TABLE known_devices (
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    device     text        NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, device)
);
INSERT INTO known_devices (user_id, device)
SELECT DISTINCT user_id, regexp_replace(user_agent, '[0-9._]+', '', 'g') FROM sessions;
