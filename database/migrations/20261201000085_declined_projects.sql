-- That a member does not want the project of somebody who goes; an offer that is missing can have other reasons.
SET LOCAL lock_timeout = '5s';

ALTER TABLE account_deletion_projects ADD COLUMN declined_at timestamptz;

-- Of mails to people without an account: shown in nobody's list, and they name who has invited.
UPDATE deliveries SET subject = NULL WHERE channel = 'mail' AND user_id IS NULL AND subject IS NOT NULL;
