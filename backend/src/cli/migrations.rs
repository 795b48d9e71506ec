//! Says at the start when the database is not set up for this version: until then every request that needs it is answered with 503.

use std::time::Duration;

use tokio::time::sleep;

use crate::{db, state::AppState};

/// Between two attempts to reach a database that does not answer yet.
const PAUSE: Duration = Duration::from_secs(2);

/// Asks as soon as the database answers.
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
