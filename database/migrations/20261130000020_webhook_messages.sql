-- What waits for webhooks takes little room: a message refers to its event and is made from it when it is sent.

SET LOCAL lock_timeout = '5s';

-- With the project of its webhook the event of a message. NULL: the payload is all that is known, as of test messages and of what a server
-- of the release before has queued. Of the others the payload says which event it is, no more; a worker of the release before, while
-- it is replaced, sends just that: a receiver learns of the event, its thing and its revision, and asks for the rest.
ALTER TABLE deliveries ADD COLUMN event_revision bigint;

-- A server of the release before cannot show the webhooks of a project of which one is `overloaded`; its worker goes on.
ALTER TABLE webhooks
    DROP CONSTRAINT webhooks_disabled_reason_check,
    ADD CONSTRAINT webhooks_disabled_reason_check CHECK (disabled_reason IN ('gone', 'failing', 'overloaded'));
