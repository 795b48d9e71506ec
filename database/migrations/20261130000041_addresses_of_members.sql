SET LOCAL lock_timeout = '5s';

-- The addresses of members are for the owner. What was told to all members, and to webhooks, loses them.
UPDATE events SET data = data - 'email' WHERE kind IN ('member.added', 'member.updated') AND data ? 'email';
UPDATE deliveries SET payload = payload - 'email' WHERE kind IN ('member.added', 'member.updated') AND payload ? 'email';
