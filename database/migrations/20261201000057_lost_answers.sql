SET LOCAL lock_timeout = '5s';

-- An answer can be lost after its secret was used up. For a short while the same secret then gets the same answer again.

-- The token that came next, XORed with a pad that is made from this one: only whoever still has this one can read it.
ALTER TABLE refresh_tokens ADD COLUMN successor bytea CHECK (octet_length(successor) = 32);

-- Used up rows are kept for the grace period; `expires_at` is moved to its end, so that pruning and an older version see them end.
ALTER TABLE registrations ADD COLUMN used_at timestamptz;
ALTER TABLE address_changes ADD COLUMN taken_back_at timestamptz;
