//! The state of migrations, without running any.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use secrecy::SecretString;
use sqlx::{PgPool, Row};

use super::{MIGRATOR, single_connection};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    Applied,
    Pending,
    /// Applied by a newer version of the program.
    Newer,
    /// It failed half-way, or differs from what was applied.
    Broken,
}

impl fmt::Display for MigrationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Newer => "newer",
            Self::Broken => "broken",
        })
    }
}

/// All migrations known to the program or the database, in order.
pub async fn migration_status(url: &SecretString) -> anyhow::Result<Vec<(i64, String, MigrationState)>> {
    let pool = single_connection(url).await?;
    let ran = ran(&pool).await;
    pool.close().await;
    let ran = ran?;
    let mut all: BTreeMap<i64, (String, MigrationState)> =
        ran.iter().map(|(version, ran)| (*version, (ran.description.clone(), MigrationState::Newer))).collect();
    for migration in MIGRATOR.iter() {
        let state = match ran.get(&migration.version) {
            None => MigrationState::Pending,
            Some(ran) if ran.success && ran.checksum == migration.checksum => MigrationState::Applied,
            Some(_) => MigrationState::Broken,
        };
        all.insert(migration.version, (migration.description.clone().into_owned(), state));
    }
    Ok(all.into_iter().map(|(version, (description, state))| (version, description, state)).collect())
}

struct Ran {
    description: String,
    success: bool,
    checksum: Cow<'static, [u8]>,
}

/// Empty if none was ever applied: then the table does not exist.
async fn ran(pool: &PgPool) -> sqlx::Result<BTreeMap<i64, Ran>> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(pool).await?;
    if !there {
        return Ok(BTreeMap::new());
    }
    let rows =
        sqlx::query("SELECT version, description, success, checksum FROM _sqlx_migrations").fetch_all(pool).await?;
    let ran = |row: &sqlx::postgres::PgRow| {
        let checksum = Cow::Owned(row.try_get::<Vec<u8>, _>("checksum")?);
        Ok((
            row.try_get("version")?,
            Ran { description: row.try_get("description")?, success: row.try_get("success")?, checksum },
        ))
    };
    rows.iter().map(ran).collect()
}
