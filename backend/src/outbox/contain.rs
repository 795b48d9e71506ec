//! Isolates the failure of one delivery: it is parked with a reason, and the others continue.

use sqlx::PgPool;

use super::{
    Channel,
    store::{self, Claimed},
    worker::count,
};
use crate::{
    panics,
    telemetry::traces::{self, Work},
};

/// After this many claims without a result, the delivery is assumed to crash the worker.
const MAX_UNFINISHED_CLAIMS: i32 = 10;

/// Processes a claimed delivery. Its own panic or error parks it; after a database failure its state is unknown, and its lease expires.
pub async fn contain(
    db: &PgPool,
    channel: Channel,
    delivery: &Claimed,
    work: impl Future<Output = anyhow::Result<()>>,
) {
    let work = async {
        traces::record("delivery_id", delivery.id.to_string());
        traces::record("kind", delivery.kind.clone());
        work.await
    };
    traces::run(Work::Delivery, channel.as_str(), contain_work(db, channel, delivery, work)).await;
}

async fn contain_work(
    db: &PgPool,
    channel: Channel,
    delivery: &Claimed,
    work: impl Future<Output = anyhow::Result<()>>,
) {
    let reason = if delivery.unfinished_claims > MAX_UNFINISHED_CLAIMS {
        format!("the worker ended each of the {MAX_UNFINISHED_CLAIMS} times that it handled this; its log may say why")
    } else {
        match panics::catch(work).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) if may_pass(&error) => {
                tracing::error!(error = format!("{error:#}"), delivery_id = %delivery.id, "the state of a delivery is unknown; its lease will expire");
                return;
            }
            Ok(Err(error)) => format!("it cannot be handled: {error:#}"),
            Err(panic) => format!("the program failed at it, please report this: {panic}"),
        }
    };
    tracing::error!(delivery_id = %delivery.id, kind = delivery.kind, error = reason, "a delivery was given up");
    count(channel, "parked");
    traces::record_failure();
    if let Err(error) = store::give_up(db, delivery, &reason).await {
        tracing::error!(%error, delivery_id = %delivery.id, "parking a delivery failed; its lease will expire");
    }
}

/// Whether the database failed independently of the input, so that a retry may succeed.
pub fn may_pass(error: &anyhow::Error) -> bool {
    let database_error = error.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>());
    database_error.is_some_and(|error| match error {
        // Class 22 is an invalid value, class 23 a constraint violation.
        sqlx::Error::Database(error) => {
            !error.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
        }
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => false,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn only_a_failure_of_the_database_may_pass() {
        let away = Err::<(), _>(sqlx::Error::PoolTimedOut).context("asking").expect_err("an error");
        assert!(may_pass(&away));
        assert!(!may_pass(&anyhow::anyhow!("no mail says this")));
        assert!(!may_pass(&sqlx::Error::Decode("not a language".into()).into()));
    }
}
