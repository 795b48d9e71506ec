//! SQL in the form that pgbench reads: it takes `:name` for a variable wherever that stands, in texts too.

use anyhow::{Context, bail};

/// Puts `replace(n)` in the place of every `$n`, and takes from every other colon its meaning as a variable, and comments away.
pub fn for_pgbench(sql: &str, replace: impl Fn(usize) -> anyhow::Result<String>) -> anyhow::Result<String> {
    let mut written = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(next) = rest.chars().next() {
        let token = match next {
            '\'' => text(rest, previous_is_e(&written))?,
            '"' => quoted(rest, '"', false)?,
            '-' if rest.starts_with("--") => rest.split_inclusive('\n').next().unwrap_or(rest),
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/").context("a comment of the SQL has no end")?;
                rest.get(..end + 2).unwrap_or(rest)
            }
            '$' => parameter(rest)?,
            ':' if rest.starts_with("::") => "::",
            _ => rest.get(..next.len_utf8()).unwrap_or(rest),
        };
        match next {
            // A text that is broken by a new line goes on with the next quote.
            '\'' => written.push_str(&apart(token, ":'\n'")),
            '"' if apart(token, "") != token => bail!("pgbench would take a part of {token} for a variable"),
            '-' | '/' if token.len() > 1 => written.push('\n'),
            '$' => written.push_str(&replace(token.trim_start_matches('$').parse()?)?),
            ':' if token == ":" => written.push_str(": "),
            _ => written.push_str(token),
        }
        rest = rest.get(token.len()..).unwrap_or_default();
    }
    Ok(written)
}

/// Puts something else in the place of every colon that could begin a variable's name.
fn apart(token: &str, colon: &str) -> String {
    let mut result = String::with_capacity(token.len());
    let mut characters = token.chars().peekable();
    while let Some(character) = characters.next() {
        let named =
            characters.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '_' || !next.is_ascii());
        if character == ':' && named { result.push_str(colon) } else { result.push(character) }
    }
    result
}

fn previous_is_e(written: &str) -> bool {
    let mut backwards = written.chars().rev();
    matches!(backwards.next(), Some('e' | 'E')) && !backwards.next().is_some_and(|before| before.is_alphanumeric())
}

fn text(rest: &str, escapes: bool) -> anyhow::Result<&str> {
    quoted(rest, '\'', escapes)
}

/// From a quote to its end; doubled ones are within.
fn quoted(rest: &str, quote: char, escapes: bool) -> anyhow::Result<&str> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return rest.get(..=index).context("a quote of the SQL lies within a character");
        }
    }
    bail!("a text of the SQL has no end: {rest}")
}

/// `$12`; texts in dollars are not known here.
fn parameter(rest: &str) -> anyhow::Result<&str> {
    let digits = rest.chars().skip(1).take_while(char::is_ascii_digit).count();
    if digits == 0 {
        bail!("a text in dollars cannot be made a script of pgbench: {rest}");
    }
    rest.get(..=digits).context("a parameter of the SQL cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sql: &str) -> String {
        for_pgbench(sql, |n| Ok(format!("<{n}>"))).expect("SQL")
    }

    #[test]
    fn parameters_are_replaced_outside_of_texts() {
        assert_eq!(
            written("SELECT $1::uuid, '$2 it''s $3', \"$4\", $12"),
            "SELECT <1>::uuid, '$2 it''s $3', \"$4\", <12>"
        );
        assert_eq!(written(r"SELECT E'it\'s $1', $2"), r"SELECT E'it\'s $1', <2>");
    }

    #[test]
    fn no_colon_begins_a_variable() {
        assert_eq!(
            written("SELECT 'project:' || id::text, 'a:b', list[1:n]"),
            "SELECT 'project:' || id::text, 'a:'\n'b', list[1: n]"
        );
        assert_eq!(written("SELECT '時:刻'"), "SELECT '時:'\n'刻'");
        assert!(for_pgbench("SELECT 1 AS \"a:b\"", |_| Ok(String::new())).is_err());
    }

    #[test]
    fn comments_go_and_operators_stay() {
        assert_eq!(written("SELECT 1 -- $1 :a\n- 2 / 3 /* $2 */"), "SELECT 1 \n- 2 / 3 \n");
        assert!(for_pgbench("SELECT $$text$$", |_| Ok(String::new())).is_err());
        assert!(for_pgbench("SELECT 'text", |_| Ok(String::new())).is_err());
    }
}
