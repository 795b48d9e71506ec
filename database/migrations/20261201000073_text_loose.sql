SET LOCAL lock_timeout = '5s';

-- What is found whether or not accents and optional vowel signs are typed: folded, without them. The same as in the page
-- (frontend/src/lib/fold.ts), and as in the server but for traditional Chinese characters, of which it has a table. What is ASCII needs
-- no more than small letters.
CREATE FUNCTION text_loose(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length(input) = length(input) THEN lower(input COLLATE "C") ELSE
    replace(replace(translate(normalize(regexp_replace(
        normalize(text_fold(input), NFD),
        '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640'
        || '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08ff]', '', 'g'), NFC),
        U&'\00F8\0142\0111\0127\0167\0131', 'oldhti'), U&'\00E6', 'ae'), U&'\0153', 'oe') COLLATE "C"
    END;
