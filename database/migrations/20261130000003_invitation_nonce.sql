SET LOCAL lock_timeout = '5s';

-- A link's token is a signature of the invitation's id, which a client chooses and can choose again. So the server adds random bytes to
-- what is signed. NULL: made before, or by a server of the release before; its links are signatures of the id alone, and stay good.
ALTER TABLE invitations ADD COLUMN nonce bytea CHECK (octet_length(nonce) = 16);
