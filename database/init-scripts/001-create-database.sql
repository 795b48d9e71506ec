-- Runs once, when the volume is empty: the role of the program and its database. The role is no superuser; it may make
-- databases, since a restore makes the new one beside the old one.
\set password `cat /run/secrets/database_password`
CREATE ROLE todo LOGIN CREATEDB PASSWORD :'password';
-- A second login that works as the first, so that passwords can be renewed without an interruption (scripts/rotate.sh).
-- Production's alone: development has no secret for it.
\set password `cat /run/secrets/database_password_alternate 2>/dev/null`
SELECT :'password' <> '' AS is_given \gset
\if :is_given
CREATE ROLE todo_alternate LOGIN IN ROLE todo PASSWORD :'password';
ALTER ROLE todo_alternate SET role = 'todo';
\endif
CREATE DATABASE todo OWNER todo;
REVOKE CONNECT ON DATABASE todo FROM PUBLIC;
-- Only migrations make things in the schema.
\connect todo
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO todo;
