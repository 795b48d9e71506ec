SET LOCAL lock_timeout = '5s';

-- Whoever is invited is told by a worker, after the answer to the inviter: its time must not tell whether an address has an account. True
-- by default: a server of the version before tells by itself.
ALTER TABLE invitations ADD COLUMN is_announced boolean NOT NULL DEFAULT true;
CREATE INDEX invitations_unannounced_idx ON invitations (id) WHERE NOT is_announced;
