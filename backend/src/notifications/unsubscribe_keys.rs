//! Unsubscribe links work forever, even long after their secret was rotated: the keys for reading them are stored in the database before
//! the first one is sent.

use std::time::Duration;

use sqlx::{PgExecutor, PgPool};
use tokio::sync::OnceCell;

use crate::{
    notifications::Parts,
    signer::{LEGACY, Signer, SigningKey, split},
    supervisor::Supervisor,
    telemetry::traces::{self, Work},
};

const TRY_AGAIN: Duration = Duration::from_secs(10);
/// More secrets than an installation ever has.
const MAX_KEYS: i64 = 1000;

/// Whether this process has stored its keys.
#[derive(Debug, Default)]
pub struct KeptKeys(OnceCell<()>);

/// Stores them as soon as the database is available.
pub fn start(state: Parts, supervisor: &Supervisor) {
    supervisor.spawn("unsubscribe_keys", move || {
        let state = state.clone();
        async move {
            let keep =
                || traces::run(Work::Task, "unsubscribe_keys", keep(&state.db, &state.signer, &state.unsubscribe_keys));
            while let Err(error) = keep().await {
                tracing::debug!(%error, "storing the unsubscribe keys failed");
                if state.draining.run_until_cancelled(tokio::time::sleep(TRY_AGAIN)).await.is_none() {
                    return;
                }
            }
            state.draining.cancelled().await;
        }
    });
}

/// Makes sure that they are stored.
pub async fn keep(db: &PgPool, signer: &Signer, kept: &KeptKeys) -> sqlx::Result<()> {
    kept.0.get_or_try_init(|| insert(db, signer)).await.map(|_| ())
}

async fn insert(db: impl PgExecutor<'_>, signer: &Signer) -> sqlx::Result<()> {
    let (ids, keys): (Vec<_>, Vec<_>) =
        signer.permanent_keys().into_iter().map(|(id, key)| (id, key.as_bytes().to_vec())).unzip();
    sqlx::query!(
        "INSERT INTO unsubscribe_keys (id, key) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT (id) DO NOTHING",
        &ids,
        &keys
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether any key that ever signed such links signed this token.
pub async fn verify(state: &Parts, purpose: &str, message: &[u8], token: &str) -> sqlx::Result<bool> {
    let signer = &state.signer;
    let (id, signature) = split(token);
    // The second one as signed by earlier versions.
    if signer.verify_unsubscribe(purpose, message, token) || id.is_none() && signer.verify(purpose, message, token) {
        return Ok(true);
    }
    let kept = sqlx::query_scalar!(
        "SELECT key FROM unsubscribe_keys WHERE CASE WHEN $1::text IS NULL THEN starts_with(id, $2) ELSE id = $1 END LIMIT $3",
        id,
        LEGACY,
        MAX_KEYS
    )
    .fetch_all(&state.db)
    .await?;
    Ok(kept.iter().filter_map(|key| SigningKey::of_bytes(key)).any(|key| key.verify(purpose, message, signature)))
}
