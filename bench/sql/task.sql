-- Before the statement of a task: which, and who asks. Looked up once in 32 times.
\set turn (:turn + 1) % 32
\if :turn = 1
\set n random(1, :tasks)
SELECT user_id AS user, task_id AS task FROM bench_tasks WHERE n = :n \gset
\endif
