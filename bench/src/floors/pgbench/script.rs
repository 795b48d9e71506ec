//! Scripts of pgbench, made of captured statements and their values.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write,
};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{capture::Captured, sql};
use crate::psql::Database;

/// Scripts, one for each captured request, and the values of their variables.
pub struct Scripts {
    pub texts: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Scripts {
    pub async fn new(captured: &[Captured], database: &Database) -> anyhow::Result<Self> {
        let types = parameter_types(captured, database).await?;
        let mut values = Values::default();
        let texts = captured.iter().map(|one| script(one, &types, &mut values)).collect::<anyhow::Result<_>>()?;
        Ok(Self { texts, variables: values.variables })
    }

    /// All of them as one.
    pub fn together(&self, clients: u32, share: Share) -> String {
        let (all, last) = (self.texts.len(), self.requests_each(clients, share) - 1);
        let number = match share {
            Share::All => format!("random(0, {last})"),
            Share::Own => format!("(:client_id + {clients} * random(0, {last})) % {all}"),
        };
        format!("\\set k {number}\n{}", choice(&self.texts, 0))
    }

    /// How many requests a connection replays.
    pub fn requests_each(&self, clients: u32, share: Share) -> usize {
        match share {
            Share::All => self.texts.len(),
            Share::Own => self.texts.len().div_ceil(clients.max(1) as usize),
        }
    }

    /// The arguments with which pgbench knows the values.
    pub fn defines(&self) -> Vec<String> {
        self.variables.iter().map(|(name, value)| format!("--define={name}={value}")).collect()
    }
}

/// Which requests a connection replays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Every one: for requests of different cost, since who had only cheap ones would replay more of them.
    All,
    /// A few of its own, for many requests of the same cost: every connection prepares them for itself, and PostgreSQL plans the
    /// first five runs of each anew, which would be most of what is measured.
    Own,
}

/// The script with the number `k`, of those from `first` on.
fn choice(texts: &[String], first: usize) -> String {
    if let [text] = texts {
        return text.clone();
    }
    let (left, right) = texts.split_at(texts.len() / 2);
    let middle = first + left.len();
    format!("\\if :k < {middle}\n{}\\else\n{}\\endif\n", choice(left, first), choice(right, middle))
}

/// The types of `$1`… by the text of the statement, as PostgreSQL finds them: pgbench gives all values as text.
type Types = HashMap<String, Vec<String>>;

async fn parameter_types(captured: &[Captured], database: &Database) -> anyhow::Result<Types> {
    let statements = captured.iter().flat_map(|one| &one.statements);
    let texts: BTreeSet<&str> = statements
        .filter(|statement| !statement.parameters.is_empty())
        .map(|statement| statement.sql.as_str())
        .collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    let mut asked = String::new();
    for (index, text) in texts.iter().enumerate() {
        writeln!(asked, "PREPARE s{index} AS {text}\n;")?;
    }
    asked.push_str("SELECT name, array_to_string(parameter_types, ';') FROM pg_prepared_statements;");
    let answer = database.query(&asked, &[]).await.context("the types of the statements' parameters are not known")?;
    let mut types = Types::new();
    for line in answer {
        let (name, names) = line.split_once('\t').context("psql has answered something unexpected")?;
        let text = name.strip_prefix('s').and_then(|index| texts.get(index.parse::<usize>().ok()?));
        let text = text.with_context(|| format!("psql has answered with {name}, which was not asked for"))?;
        types.insert((*text).to_owned(), names.split(';').map(str::to_owned).collect());
    }
    Ok(types)
}

/// A variable for each value that there is.
#[derive(Default)]
struct Values {
    names: HashMap<String, String>,
    variables: Vec<(String, String)>,
}

impl Values {
    /// What stands for the value in SQL, as text. pgbench has no empty values.
    fn expression(&mut self, value: &str) -> String {
        if value.is_empty() {
            return "''".to_owned();
        }
        let next = format!("v{}", self.names.len());
        let name = self.names.entry(value.to_owned()).or_insert_with(|| {
            self.variables.push((next.clone(), value.to_owned()));
            next
        });
        format!(":{name}")
    }
}

fn script(captured: &Captured, types: &Types, values: &mut Values) -> anyhow::Result<String> {
    let mut fresh = Vec::new();
    let mut body = String::new();
    for statement in &captured.statements {
        let known = types.get(&statement.sql).map(Vec::as_slice).unwrap_or_default();
        ensure!(known.len() == statement.parameters.len(), "another number of parameters in {}", statement.sql);
        let mut expressions = Vec::new();
        for (value, kind) in statement.parameters.iter().zip(known) {
            expressions.push(match value {
                None => format!("(NULL::{kind})"),
                Some(value) => expression(value, kind, captured.begun, &mut fresh, values),
            });
        }
        let replace = |n: usize| {
            n.checked_sub(1)
                .and_then(|index| expressions.get(index))
                .cloned()
                .with_context(|| format!("no value for ${n}"))
        };
        writeln!(body, "{};", sql::for_pgbench(&statement.sql, replace)?.trim_end())?;
    }
    // Sixteen decimal digits are sixteen hexadecimal ones as well.
    let mut script = String::new();
    for index in 0..fresh.len() {
        writeln!(script, "\\set f{index} random(1000000000000000, 9999999999999999)")?;
    }
    Ok(script + &body)
}

/// A value as an expression of its type. An id that the server made for this request would be there already at the second run: its
/// last sixteen digits are new in each one, and the same wherever it stands.
fn expression(value: &str, kind: &str, begun: DateTime<Utc>, fresh: &mut Vec<Uuid>, values: &mut Values) -> String {
    let ids = ids_since(value, begun);
    if ids.is_empty() {
        return format!("({}::{kind})", values.expression(value));
    }
    let (mut parts, mut at) = (Vec::new(), 0);
    for (begin, id) in ids {
        let index = fresh.iter().position(|known| *known == id).unwrap_or_else(|| {
            fresh.push(id);
            fresh.len() - 1
        });
        let kept = value.get(at..begin + KEPT).unwrap_or_default();
        parts.push(format!("{}::text", values.expression(kept)));
        parts.push(format!(":f{index}::text"));
        at = begin + UUID_LENGTH;
    }
    if let Some(rest) = value.get(at..).filter(|rest| !rest.is_empty()) {
        parts.push(format!("{}::text", values.expression(rest)));
    }
    format!("(({})::{kind})", parts.join(" || "))
}

const UUID_LENGTH: usize = 36;
/// `019aae02-a400-7b8c-`: the time, the version and some digits of chance.
const KEPT: usize = 19;

/// The UUIDv7 in a text whose time is not before `begun`, and where they begin.
fn ids_since(text: &str, begun: DateTime<Utc>) -> Vec<(usize, Uuid)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + UUID_LENGTH <= text.len() {
        let id = text.get(at..at + UUID_LENGTH).and_then(|part| Uuid::try_parse(part).ok());
        match id.filter(|id| is_since(*id, begun)) {
            Some(id) => {
                found.push((at, id));
                at += UUID_LENGTH;
            }
            None => at += 1,
        }
    }
    found
}

fn is_since(id: Uuid, begun: DateTime<Utc>) -> bool {
    let milliseconds = id.get_timestamp().and_then(|time| {
        let (seconds, nanoseconds) = time.to_unix();
        i64::try_from(seconds * 1000 + u64::from(nanoseconds) / 1_000_000).ok()
    });
    id.get_version_num() == 7 && milliseconds.is_some_and(|milliseconds| milliseconds >= begun.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floors::pgbench::log::Statement;

    const OLD: &str = "019aae02-a400-7b8c-8cf9-8db6259c8a59";
    const NEW: &str = "01a20890-2b58-7526-9a60-4d97bc2998fd";

    fn begun() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(0x01a2_0890_2b58).expect("a time")
    }

    #[test]
    fn every_connection_has_requests_of_its_own() {
        let texts = ["A;\n", "B;\n", "C;\n"].map(str::to_owned).to_vec();
        let expected = "\\set k (:client_id + 2 * random(0, 1)) % 3\n\
            \\if :k < 1\nA;\n\\else\n\\if :k < 2\nB;\n\\else\nC;\n\\endif\n\\endif\n";
        assert_eq!(Scripts { texts, variables: Vec::new() }.together(2, Share::Own), expected);
    }

    #[test]
    fn only_ids_made_since_are_new() {
        let text =
            format!("{{\"id\": \"{NEW}\", \"of\": \"{OLD}\", \"v4\": \"01a20890-2b58-4526-9a60-4d97bc2998fd\"}}");
        let ids: Vec<_> = ids_since(&text, begun()).into_iter().map(|(_, id)| id.to_string()).collect();
        assert_eq!(ids, [NEW]);
        assert!(ids_since("時刻", begun()).is_empty());
    }

    #[test]
    fn a_script_has_values_types_and_new_ids() {
        let statement = |sql: &str, parameters: &[Option<&str>]| Statement {
            sql: sql.to_owned(),
            parameters: parameters.iter().map(|value| value.map(str::to_owned)).collect(),
        };
        let insert = "INSERT INTO a VALUES ($1, $2, $3, $4)";
        let key = format!("notification:{NEW}!");
        let statements = vec![
            statement("BEGIN", &[]),
            statement(insert, &[Some(NEW), None, Some(OLD), Some("")]),
            statement("SELECT $1", &[Some(&key)]),
        ];
        let types = Types::from([
            (insert.to_owned(), ["uuid", "date", "uuid", "text"].map(str::to_owned).to_vec()),
            ("SELECT $1".to_owned(), vec!["text".to_owned()]),
        ]);
        let mut values = Values::default();
        let text = script(&Captured { statements, begun: begun(), rows: None }, &types, &mut values).expect("a script");
        let expected = "\\set f0 random(1000000000000000, 9999999999999999)\n\
            BEGIN;\n\
            INSERT INTO a VALUES (((:v0::text || :f0::text)::uuid), (NULL::date), (:v1::uuid), (''::text));\n\
            SELECT ((:v2::text || :f0::text || :v3::text)::text);\n";
        assert_eq!(text, expected);
        let given: Vec<_> = values.variables.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(given, ["01a20890-2b58-7526-", OLD, "notification:01a20890-2b58-7526-", "!"]);
    }
}
