SET LOCAL lock_timeout = '5s';

-- By what its client named the request that used this token (SHA-256): whoever names it again had no answer.
ALTER TABLE refresh_tokens ADD COLUMN request_key_hash bytea;
