-- Full text search in English (stemmed) and Chinese, Japanese, Korean (two-character pieces), prefixes included.
--
-- Every lexeme carries a short key of its project before it. So a search reads only the index entries of the projects that
-- it asks for: a prefix or a frequent word costs the same however many tasks other people have.

CREATE FUNCTION search_project_key(project_id uuid) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(md5(project_id::text), 6) || ':';

-- Lower-case words of a text, in order; anything but letters and digits separates.
-- CJK characters are left out: cjk_lexemes has them.
CREATE FUNCTION search_words(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(lower(input), '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+', ' ', 'g'),
    '[^[:alnum:]]+', ' ', 'g'));

-- Each CJK run as overlapping pairs, and its last character alone: so one character is found as a prefix, two as a whole.
CREATE FUNCTION search_cjk_pairs(input text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 20
BEGIN ATOMIC
    SELECT DISTINCT substr(run.chars[1], i, 2)
    FROM regexp_matches(input, '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+', 'g') AS run (chars)
    CROSS JOIN LATERAL generate_series(1, length(run.chars[1])) AS i;
END;

-- Words as typed, words stemmed, CJK pairs; with the key and the weight of where they stand.
CREATE FUNCTION search_lexemes(project_id uuid, input text, weight "char") RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(string_agg(
        '''' || search_project_key(project_id) || lexeme || ''':1' || weight::text, ' '), '')::tsvector
    FROM (
        SELECT left(word, 64) AS lexeme FROM string_to_table(search_words(input), ' ') AS word WHERE word <> ''
        UNION
        SELECT left(stem, 64) FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.english', search_words(input)))) AS stem
        UNION
        SELECT pair FROM search_cjk_pairs(input) AS pair
    ) AS lexemes;
END;

-- The query for what a person typed: all words must be there, each stemmed or as the beginning of a longer word.
-- Only letters and digits get in, so no input is a syntax error. NULL when nothing can be searched for.
CREATE FUNCTION search_query(project_id uuid, input text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    key    text := search_project_key(project_id);
    result tsquery;
    word   text;
    stem   text;
    term   text;
BEGIN
    FOR word IN SELECT DISTINCT w FROM string_to_table(search_words(input), ' ') AS w WHERE w <> '' LOOP
        word := left(word, 64);
        term := '''' || key || word || ''':*';
        FOR stem IN SELECT unnest(tsvector_to_array(to_tsvector('pg_catalog.english', word))) LOOP
            term := term || ' | ''' || key || stem || '''';
        END LOOP;
        result := CASE WHEN result IS NULL THEN term::tsquery ELSE result && term::tsquery END;
    END LOOP;
    FOR term IN
        SELECT CASE WHEN length(run.chars[1]) = 1 THEN '''' || key || run.chars[1] || ''':*'
                    ELSE (SELECT string_agg('''' || key || substr(run.chars[1], i, 2) || '''', ' & ')
                          FROM generate_series(1, length(run.chars[1]) - 1) AS i) END
        FROM regexp_matches(input, '[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+', 'g') AS run (chars)
    LOOP
        result := CASE WHEN result IS NULL THEN term::tsquery ELSE result && term::tsquery END;
    END LOOP;
    RETURN result;
END;
$$;

-- Apart from tasks, so that a change of status rewrites no search data and lists read small rows.
CREATE TABLE task_search (
    task_id    uuid     PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
    project_id uuid     NOT NULL,
    vector     tsvector NOT NULL
);
CREATE INDEX task_search_vector_idx ON task_search USING gin (vector);

CREATE FUNCTION task_search_refresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO task_search (task_id, project_id, vector)
    VALUES (NEW.id, NEW.project_id,
            search_lexemes(NEW.project_id, NEW.description, 'D') || search_lexemes(NEW.project_id, NEW.title, 'A'))
    ON CONFLICT (task_id) DO UPDATE SET project_id = excluded.project_id, vector = excluded.vector;
    RETURN NULL;
END;
$$;
CREATE TRIGGER task_search_insert AFTER INSERT ON tasks
    FOR EACH ROW EXECUTE FUNCTION task_search_refresh();
CREATE TRIGGER task_search_update AFTER UPDATE OF title, description, project_id ON tasks
    FOR EACH ROW
    WHEN ((OLD.title, OLD.description, OLD.project_id) IS DISTINCT FROM (NEW.title, NEW.description, NEW.project_id))
    EXECUTE FUNCTION task_search_refresh();
