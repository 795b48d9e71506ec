-- no-transaction
-- What may stand in the texts that people write; backend/src/http/text.rs says why, and has the same rules.
--
-- First what is there is made to keep them: in names and titles control characters and line breaks become a space and what changes
-- the direction of text goes; what then shows nothing gets a neutral name, and a tag's that is another's by then a number. Only
-- such rows are written, project by project, each under the lock of its writers and with its next revision. That revision has no
-- event: whoever follows is told to load anew, lists get a new ETag, and versions grow as with any change. Search and the copies of
-- tags' names follow by their triggers. A server of the version before, which remembers revisions, may show what was before for a
-- minute.
--
-- The constraints hold for what is written as soon as they are added, without looking at what is there. What a server of the version
-- before wrote in between is cleaned by a second pass, before they are validated, which holds up no writer. From then on such a
-- server answers 500 to what it would have stored. When it is interrupted, it begins anew and finds less to do.
DO $$
DECLARE
    locked uuid;
    tag    record;
    wanted text;
    number integer;
BEGIN
    -- Not STRICT, so that the planner puts them in the place of the call; and in "C", so that no locale has a say.
    CREATE OR REPLACE FUNCTION is_one_line(input text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN input COLLATE "C" !~ '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]'
        -- Something that is neither white space, nor ignorable by default (Unicode 17), nor drawn blank.
        AND input COLLATE "C" ~ (
            '[^ \u0085\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000'
            || '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0'
            || '\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff'
            || '\u2800\U00013441\U00013442\U0001d159]');

    CREATE OR REPLACE FUNCTION is_paragraphs(input text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN input COLLATE "C" !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202d\u202e]|\r(?!\n)';

    CREATE OR REPLACE FUNCTION pg_temp.as_one_line(input text, neutral text) RETURNS text LANGUAGE plpgsql AS $f$
    DECLARE
        cleaned text := btrim(regexp_replace(
            regexp_replace(input COLLATE "C", '[\u202a-\u202e\u2066-\u2069]', '', 'g'),
            '[\u0001-\u001f\u007f-\u009f\u2028\u2029]+', ' ', 'g'));
    BEGIN
        RETURN CASE WHEN is_one_line(cleaned) THEN cleaned ELSE neutral END;
    END;
    $f$;

    CREATE OR REPLACE FUNCTION pg_temp.as_paragraphs(input text) RETURNS text LANGUAGE sql
    RETURN regexp_replace(
        regexp_replace(
            regexp_replace(input COLLATE "C", '[\u202d\u202e]', '', 'g'), '\r(?!\n)', E'\n', 'g'),
        '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]', ' ', 'g');

    FOR pass IN 1..2 LOOP
        FOR locked IN
            SELECT id FROM projects WHERE NOT (is_one_line(name) AND is_one_line(icon))
            UNION SELECT project_id FROM tags WHERE NOT is_one_line(name)
            UNION SELECT project_id FROM tasks WHERE NOT (is_one_line(title) AND is_paragraphs(description))
        LOOP
            PERFORM FROM topics WHERE id = locked FOR NO KEY UPDATE;
            UPDATE projects
            SET name = pg_temp.as_one_line(name, 'Project'), icon = CASE WHEN is_one_line(icon) THEN icon ELSE 'dot' END,
                version = version + 1, updated_at = now()
            WHERE id = locked AND NOT (is_one_line(name) AND is_one_line(icon));
            FOR tag IN SELECT id, name FROM tags WHERE project_id = locked AND NOT is_one_line(name) ORDER BY id LOOP
                wanted := pg_temp.as_one_line(tag.name, 'Tag');
                number := 1;
                WHILE EXISTS (SELECT FROM tags WHERE project_id = locked AND id <> tag.id AND lower(name) = lower(wanted)) LOOP
                    number := number + 1;
                    wanted := left(pg_temp.as_one_line(tag.name, 'Tag'), 40) || ' ' || number;
                END LOOP;
                UPDATE tags SET name = wanted, version = version + 1 WHERE id = tag.id;
                UPDATE tasks SET version = version + 1 WHERE id IN (SELECT task_id FROM task_tags WHERE tag_id = tag.id);
            END LOOP;
            UPDATE tasks
            SET title = pg_temp.as_one_line(title, 'Task'), description = pg_temp.as_paragraphs(description),
                version = version + 1, updated_at = now()
            WHERE project_id = locked AND NOT (is_one_line(title) AND is_paragraphs(description));
            UPDATE topics SET revision = revision + 1 WHERE id = locked;
            COMMIT;
        END LOOP;

        FOR locked IN SELECT id FROM users WHERE NOT is_one_line(name) LOOP
            PERFORM FROM topics WHERE id = locked FOR NO KEY UPDATE;
            UPDATE users SET name = pg_temp.as_one_line(name, 'Anonymous'), version = version + 1, updated_at = now()
            WHERE id = locked AND NOT is_one_line(name);
            UPDATE topics SET revision = revision + 1 WHERE id = locked;
            COMMIT;
        END LOOP;

        -- Nobody's list depends on an announcement itself: what people were told of it is their own.
        UPDATE announcements a
        SET texts = (
            SELECT jsonb_object_agg(language, jsonb_build_object(
                'title', pg_temp.as_one_line(said ->> 'title', 'Announcement'),
                'text', pg_temp.as_paragraphs(said ->> 'text')))
            FROM jsonb_each(a.texts) AS each (language, said)
        )
        WHERE EXISTS (
            SELECT FROM jsonb_each(a.texts) AS each (language, said)
            WHERE NOT (is_one_line(said ->> 'title') AND is_paragraphs(said ->> 'text')));
        COMMIT;

        IF pass = 1 THEN
            SET LOCAL lock_timeout = '5s';
            ALTER TABLE users DROP CONSTRAINT IF EXISTS users_name_one_line,
                ADD CONSTRAINT users_name_one_line CHECK (is_one_line(name)) NOT VALID;
            COMMIT;
            SET LOCAL lock_timeout = '5s';
            ALTER TABLE projects DROP CONSTRAINT IF EXISTS projects_name_one_line, DROP CONSTRAINT IF EXISTS projects_icon_one_line,
                ADD CONSTRAINT projects_name_one_line CHECK (is_one_line(name)) NOT VALID,
                ADD CONSTRAINT projects_icon_one_line CHECK (is_one_line(icon)) NOT VALID;
            COMMIT;
            SET LOCAL lock_timeout = '5s';
            ALTER TABLE tags DROP CONSTRAINT IF EXISTS tags_name_one_line,
                ADD CONSTRAINT tags_name_one_line CHECK (is_one_line(name)) NOT VALID;
            COMMIT;
            SET LOCAL lock_timeout = '5s';
            ALTER TABLE tasks DROP CONSTRAINT IF EXISTS tasks_title_one_line, DROP CONSTRAINT IF EXISTS tasks_description_paragraphs,
                ADD CONSTRAINT tasks_title_one_line CHECK (is_one_line(title)) NOT VALID,
                ADD CONSTRAINT tasks_description_paragraphs CHECK (is_paragraphs(description)) NOT VALID;
            COMMIT;
            SET LOCAL lock_timeout = '5s';
            ALTER TABLE announcements DROP CONSTRAINT IF EXISTS announcements_texts_one_line,
                DROP CONSTRAINT IF EXISTS announcements_texts_paragraphs,
                ADD CONSTRAINT announcements_texts_one_line CHECK (
                    is_one_line(texts #>> '{en,title}') AND is_one_line(texts #>> '{zh-CN,title}')) NOT VALID,
                ADD CONSTRAINT announcements_texts_paragraphs CHECK (
                    is_paragraphs(texts #>> '{en,text}') AND is_paragraphs(texts #>> '{zh-CN,text}')) NOT VALID;
            COMMIT;
        END IF;
    END LOOP;

    ALTER TABLE users VALIDATE CONSTRAINT users_name_one_line;
    COMMIT;
    ALTER TABLE projects VALIDATE CONSTRAINT projects_name_one_line, VALIDATE CONSTRAINT projects_icon_one_line;
    COMMIT;
    ALTER TABLE tags VALIDATE CONSTRAINT tags_name_one_line;
    COMMIT;
    ALTER TABLE tasks VALIDATE CONSTRAINT tasks_title_one_line, VALIDATE CONSTRAINT tasks_description_paragraphs;
    COMMIT;
    ALTER TABLE announcements VALIDATE CONSTRAINT announcements_texts_one_line,
        VALIDATE CONSTRAINT announcements_texts_paragraphs;
    COMMIT;
END;
$$;
