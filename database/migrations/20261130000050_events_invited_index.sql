-- no-transaction
-- Events that told somebody of an invitation, which are scrubbed when it goes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_invited_idx ON events ((data #>> '{data,invitation_id}'))
    WHERE kind = 'notification.created' AND data #>> '{data,invitation_id}' IS NOT NULL;
