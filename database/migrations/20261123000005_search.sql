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

-- The CJK runs of a text, in order, with a space between.
CREATE FUNCTION search_cjk(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(input,
    '[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+', ' ', 'g'));

-- Words as typed, words stemmed, CJK runs as overlapping pairs and their last character alone (so one character is found
-- as a prefix, two as a whole); with the key and the weight of where they stand.
--
-- Every task that is written goes through here. So: PL/pgSQL, which keeps its plans; no substr, which counts characters
-- from the start of a long text each time; and no DISTINCT, since tsvector does that.
CREATE FUNCTION search_lexemes(project_id uuid, input text, weight "char") RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    key   text := search_project_key(project_id);
    words text := search_words(input);
BEGIN
    RETURN (
        SELECT coalesce(string_agg('''' || key || lexeme || ''':1' || weight::text, ' '), '')::tsvector
        FROM (
            SELECT left(word, 64) FROM string_to_table(words, ' ') AS word WHERE word <> ''
            UNION ALL
            SELECT left(stem, 64) FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.english', words))) AS stem
            UNION ALL
            SELECT rtrim(letter || coalesce(lead(letter) OVER (ORDER BY place), ''))
            FROM string_to_table(search_cjk(input), NULL) WITH ORDINALITY AS letters (letter, place)
        ) AS lexemes (lexeme)
        WHERE lexeme NOT LIKE ' %' -- what begins between two runs
    );
END;
$$;

-- What a person typed, as the text of a query with ~ for the project's key: all words must be there, each stemmed or as the
-- beginning of a longer word. Only letters and digits get in, so no input is a syntax error. NULL when nothing can be
-- searched for. Costly, and the same for all projects: a search calls it once.
CREATE FUNCTION search_terms(input text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT string_agg(term, ' & ')
        FROM (
            SELECT '(' || concat_ws(' | ', '''~' || word || ''':*', (
                SELECT string_agg('''~' || stem || '''', ' | ')
                FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.english', word))) AS stem)) || ')'
            FROM (SELECT DISTINCT left(w, 64) FROM string_to_table(search_words(input), ' ') AS w WHERE w <> '') AS words (word)
            UNION ALL
            SELECT CASE WHEN length(run) = 1 THEN '''~' || run || ''':*'
                        ELSE (SELECT string_agg('''~' || substr(run, i, 2) || '''', ' & ')
                              FROM generate_series(1, length(run) - 1) AS i) END
            FROM string_to_table(search_cjk(input), ' ') AS run WHERE run <> ''
        ) AS terms (term)
    );
END;
$$;

-- The query for one project.
CREATE FUNCTION search_query(project_id uuid, terms text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(terms, '~', search_project_key(project_id))::tsquery;

-- Apart from tasks, so that a change of status rewrites no search data and lists read small rows.
CREATE TABLE task_search (
    task_id    uuid     PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
    project_id uuid     NOT NULL,
    vector     tsvector NOT NULL
);
-- Without the list of pending entries: every search would read all of it again for each project (up to 4 MB), and one
-- writer in many would pay for emptying it. A task's entries share their project's key, so they lie close together and
-- cost little to add at once.
CREATE INDEX task_search_vector_idx ON task_search USING gin (vector) WITH (fastupdate = off);

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
