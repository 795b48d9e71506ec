-- The contents of a database, one JSON object per line: row count and order-independent checksum of each table, the migrations,
-- and a checksum of the schema. Identical before and after dump and restore, whatever the session's settings.
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET search_path = '';
SET row_security = off;
SET statement_timeout = 0;

SELECT format(
    $table$SELECT json_build_object('table', %L, 'rows', count(*), 'checksum',
        coalesce(sum(('x' || left(md5(whole_row::text), 15))::bit(60)::bigint), 0)::text) FROM ONLY %I.%I AS whole_row$table$,
    n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
\gexec

SELECT to_regclass('public._sqlx_migrations') IS NOT NULL AS has_migrations
\gset
\if :has_migrations
SELECT json_build_object('migrations', coalesce(json_agg(json_build_object(
    'version', version, 'description', description, 'checksum', encode(checksum, 'hex'), 'success', success) ORDER BY version), '[]'))
FROM public._sqlx_migrations;
\endif

-- Names, types and kinds, not expressions: PostgreSQL prints some of those differently after they were dumped and restored.
WITH own AS (
    SELECT n.oid FROM pg_namespace n WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
), item (text) AS (
    SELECT format('column %s.%s %s %s %s %s', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  a.attgenerated, a.atthasdef)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace IN (SELECT oid FROM own) AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT format('index %s %s %s %s %s', i.indexrelid::regclass, i.indrelid::regclass, i.indisunique, i.indisvalid, i.indpred IS NULL)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace IN (SELECT oid FROM own)
    UNION ALL
    SELECT format('constraint %s.%s %s %s', k.conrelid::regclass, k.conname, k.contype, k.convalidated)
    FROM pg_constraint k WHERE k.connamespace IN (SELECT oid FROM own)
    UNION ALL
    SELECT format('trigger %s.%s %s %s', g.tgrelid::regclass, g.tgname, g.tgfoid::regprocedure, g.tgenabled)
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace IN (SELECT oid FROM own) AND NOT g.tgisinternal
    UNION ALL
    SELECT format('function %s %s', p.oid::regprocedure, md5(p.prosrc)) FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM own)
)
SELECT json_build_object('schema', md5(coalesce(string_agg(text, E'\n' ORDER BY text COLLATE "C"), ''))) FROM item;
