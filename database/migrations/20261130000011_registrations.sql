SET LOCAL lock_timeout = '5s';

-- Registrations while mail is on: there is no account before the link in the mail was used. Several may wait for one address, each with its own
-- password: whoever does not read the address's mails cannot choose the password of its account.
CREATE TABLE registrations (
    id            uuid        PRIMARY KEY, -- made by the server; the link's token is a signature of it
    email         text        NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    password_hash text        NOT NULL,
    language      text        NOT NULL CHECK (language IN ('en', 'zh-CN')),
    time_zone     text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    CONSTRAINT registrations_name_one_line CHECK (is_one_line(name))
);
CREATE INDEX registrations_email_idx ON registrations (lower(email));
CREATE INDEX registrations_expires_at_idx ON registrations (expires_at);
