-- What only a superuser may install. It is not put into the database "todo", although it shows the statements of all:
-- so a backup of that can be restored by its owner, who is no superuser.
--   make psql DATABASE=postgres ROLE=postgres
--   SELECT calls, round(mean_exec_time) AS ms, query FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 20;
\connect postgres
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
