SET LOCAL lock_timeout = '5s';

-- Nobody's session outlives the restore of a backup: what was ended or renewed since would live again.
ALTER TABLE sessions
    DROP CONSTRAINT sessions_end_reason_check,
    ADD CONSTRAINT sessions_end_reason_check CHECK (end_reason IN
        ('signed_out', 'ended_by_user', 'password_changed', 'token_reused', 'made_room', 'ended_by_administrator', 'account_disabled',
         'restored'));
