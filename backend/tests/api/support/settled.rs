//! Notices are sent after the commit: waits until they are done, so that a test can check them.

use std::time::Duration;

use axum::extract::FromRef;
use todo::{
    notices,
    state::{AppState, Background},
};

/// Longer than the changes of any test take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Processes all pending notices, or waits until another process has.
pub async fn settle(state: &AppState) {
    // With the worker's connections, because tests exhaust those of requests.
    let state = state.for_background(Background::Notices);
    let parts = notices::Parts::from_ref(&state);
    let until_done = async {
        loop {
            match notices::tell_some(&parts).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(_) => return, // tests in which the database is unavailable
            }
            let waits = sqlx::query_scalar::<_, bool>(
                "SELECT EXISTS (
                     SELECT FROM pending_notices n WHERE parked_at IS NULL AND next_attempt_at <= now() AND NOT EXISTS (
                         SELECT FROM pending_notices p WHERE p.topic_id = n.topic_id AND p.revision < n.revision AND p.parked_at IS NULL
                     )
                 )",
            );
            if !waits.fetch_one(&state.db).await.unwrap_or(false) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, until_done).await;
}
