//! Reports at startup if the database is not migrated for this version; until then requests that need it get 503.

use std::time::Duration;

use tokio::time::sleep;

use crate::{db, state::AppState};

/// Pause between attempts to reach the database.
const PAUSE: Duration = Duration::from_secs(2);

/// Checks as soon as the database answers.
pub fn check(state: &AppState) {
    let state = state.clone();
    let draining = state.draining.clone();
    tokio::spawn(draining.run_until_cancelled_owned(async move {
        while !db::is_reachable(&state.db).await {
            sleep(PAUSE).await;
        }
        if !db::is_migrated(&state.db).await {
            tracing::error!(
                "the database lacks migrations of this version, so it cannot serve: run `todo migrate` (make migrate)"
            );
        }
    }));
}
