-- Before the statement of a list: whose it is. Looked up once in 32 times, so that it costs hardly anything.
\set turn (:turn + 1) % 32
\if :turn = 1
\set n random(1, :lists)
SELECT user_id AS user, project_id AS project FROM bench_lists WHERE n = :n \gset
\endif
\set limit random(11, 91)
