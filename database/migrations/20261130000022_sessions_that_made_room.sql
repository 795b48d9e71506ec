SET LOCAL lock_timeout = '5s';

-- A session also ends when its user opens more than there may be: the one that was not used for longest makes room.
ALTER TABLE sessions
    DROP CONSTRAINT sessions_end_reason_check,
    ADD CONSTRAINT sessions_end_reason_check
        CHECK (end_reason IN ('signed_out', 'ended_by_user', 'password_changed', 'token_reused', 'made_room'));
