SET LOCAL lock_timeout = '5s';

-- How often the answer to this token was given again because it might have been lost.
ALTER TABLE refresh_tokens ADD COLUMN repeats smallint NOT NULL DEFAULT 0;
