-- no-transaction
-- Notifications of an invitation, which are scrubbed when it goes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_invited_idx ON notifications ((data ->> 'invitation_id')) WHERE kind = 'project.invited';
