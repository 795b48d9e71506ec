//! How the database stores and compares text. Sort orders and normal forms name their ICU collations, so the locale does not matter; but an
//! index built with another library version may not find what the current one sorts differently.

use sqlx::{FromRow, PgPool};

use super::{Cause, Check, Finding};
use crate::state::{AppState, Background};

#[derive(FromRow)]
struct Database {
    name: String,
    encoding: String,
    locale: String,
}

/// A collation whose library has changed since its dependents were built.
#[derive(FromRow)]
struct Changed {
    /// As named in SQL; `None`: the database's default.
    name: Option<String>,
    stored: String,
    actual: String,
}

pub async fn check(state: &AppState) -> Finding {
    let finding = |cause| Finding::new(Check::Collations, cause);
    // Uses other connections than the database check.
    let (database, changed) = match look(&state.for_background(Background::Scheduled).db).await {
        Ok(found) => found,
        Err(error) => return finding(Cause::CollationsUnknown).text("error", error.to_string()),
    };
    if database.encoding != "UTF8" {
        return finding(Cause::DatabaseNotUtf8).text("encoding", database.encoding);
    }
    let Some(first) = changed.first() else { return finding(Cause::CollationsOk).text("locale", database.locale) };
    let names: Vec<&str> = changed.iter().map(|one| one.name.as_deref().unwrap_or("(database)")).collect();
    finding(Cause::CollationsChanged)
        .text("collations", names.join(", "))
        .text("stored", first.stored.as_str())
        .text("actual", first.actual.as_str())
        .text("statements", statements(&database.name, &changed))
}

/// The statements to run after rebuilding all dependents.
fn statements(database: &str, changed: &[Changed]) -> String {
    let refresh = changed.iter().map(|one| match &one.name {
        Some(name) => format!("ALTER COLLATION {name} REFRESH VERSION;"),
        None => format!("ALTER DATABASE {database} REFRESH COLLATION VERSION;"),
    });
    refresh.collect::<Vec<_>>().join(" ")
}

async fn look(db: &PgPool) -> sqlx::Result<(Database, Vec<Changed>)> {
    let database = sqlx::query_as(
        "SELECT quote_ident(datname) AS name, pg_encoding_to_char(encoding)::text AS encoding, datcollate::text AS locale
         FROM pg_database WHERE datname = current_database()",
    );
    // Of other collations only those with dependents here: a column, an index, a function.
    let changed = sqlx::query_as(
        "SELECT NULL AS name, datcollversion AS stored, pg_database_collation_actual_version(oid) AS actual
         FROM pg_database
         WHERE datname = current_database() AND datcollversion <> pg_database_collation_actual_version(oid)
         UNION ALL
         SELECT format('%I.%I', n.nspname, c.collname), c.collversion, pg_collation_actual_version(c.oid)
         FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
         WHERE c.collversion <> pg_collation_actual_version(c.oid)
           AND EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_collation'::regclass AND d.refobjid = c.oid)
         ORDER BY 1 NULLS FIRST",
    );
    Ok((database.fetch_one(db).await?, changed.fetch_all(db).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_collation_is_refreshed_by_a_statement_of_its_own() {
        let changed = |name: Option<&str>| Changed {
            name: name.map(str::to_owned),
            stored: "1".to_owned(),
            actual: "2".to_owned(),
        };
        let statements = statements("todo", &[changed(None), changed(Some("pg_catalog.\"und-x-icu\""))]);
        assert_eq!(
            statements,
            "ALTER DATABASE todo REFRESH COLLATION VERSION; ALTER COLLATION pg_catalog.\"und-x-icu\" REFRESH VERSION;"
        );
    }
}
