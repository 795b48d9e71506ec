-- Normal forms of text that no locale of the database has a say in (backend/src/search/fold.rs has the same, and a test compares
-- them), and collations for people's languages. Search: whether a row has the lexemes of the server, which hold more than those that
-- the database makes by itself.
SET LOCAL lock_timeout = '5s';

-- Without differences of width, composition and case. Upper case on the way, so that ß is ss, and a capital ẞ too; in lower case the end of a word has a sigma of
-- its own, and the dot of a Turkish I stays behind.
CREATE FUNCTION text_fold(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(
    normalize(lower(upper(lower(normalize(input, NFKC) COLLATE "und-x-icu"))), NFKC) COLLATE "C",
    U&'\03C2', U&'\03C3'), U&'i\0307', 'i');

-- What makes two names the same: folded, without what nobody sees (but for what joins an emoji or spells a flag), with one space for
-- any white space.
CREATE FUNCTION name_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(regexp_replace(
    text_fold(name),
    '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0'
    || '\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e0fff]'
    || '|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])', '', 'g'),
    '[\u0009-\u000d \u0085\u1680\u2028\u2029]+', ' ', 'g'));

-- Numbers within a text count as numbers.
CREATE COLLATION reader_en (provider = icu, locale = 'en-u-kn-true');
CREATE COLLATION reader_zh (provider = icu, locale = 'zh-u-co-pinyin-kn-true');

-- What the lexemes of a row were made from, when the server made them; NULL when the database did. The worker replaces those.
ALTER TABLE task_search ADD COLUMN source bytea;

CREATE FUNCTION search_source(project_id uuid, title text, description text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN substring(sha256(convert_to(project_id::text || title || E'\n' || description, 'UTF8')) FOR 16);

CREATE OR REPLACE FUNCTION task_search_refresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM task_search
    WHERE task_id = NEW.id AND source = search_source(NEW.project_id, NEW.title, NEW.description);
    IF FOUND THEN
        RETURN NULL; -- the server has written them
    END IF;
    INSERT INTO task_search (task_id, project_id, vector)
    VALUES (NEW.id, NEW.project_id,
            search_lexemes(NEW.project_id, NEW.description, 'D') || search_lexemes(NEW.project_id, NEW.title, 'A'))
    ON CONFLICT (task_id) DO UPDATE SET project_id = excluded.project_id, vector = excluded.vector, source = NULL;
    RETURN NULL;
END;
$$;
