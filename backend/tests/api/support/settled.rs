//! What people are told after the commit: a test looks when it is done.

use std::time::Duration;

use axum::extract::FromRef;
use todo::{
    notices,
    state::{AppState, Background},
};

/// Longer than all that a test changes takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells everybody of all that was changed until now, or waits until another has.
pub async fn settle(state: &AppState) {
    // As the worker: tests take away the connections of requests.
    let state = state.for_background(Background::Notices);
    let parts = notices::Parts::from_ref(&state);
    let until_done = async {
        loop {
            match notices::tell_some(&parts).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(_) => return, // tests of a database that is away
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
