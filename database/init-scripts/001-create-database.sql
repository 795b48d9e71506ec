-- Runs once, when the volume is empty: the role of the program and its database. The role is no superuser; it may make
-- databases, since a restore makes the new one beside the old one.
\set password `cat /run/secrets/database_password`
CREATE ROLE todo LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE todo OWNER todo;
REVOKE CONNECT ON DATABASE todo FROM PUBLIC;
-- Only migrations make things in the schema.
\connect todo
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO todo;
