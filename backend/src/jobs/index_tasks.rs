//! Creates the lexemes of tasks written by other writers than this version: after an upgrade those of all tasks, in batches, while servers
//! of the previous version are running.

use crate::{id::Id, search::store, state::AppState};

pub async fn run_once(state: &AppState) -> anyhow::Result<()> {
    let mut after = Id::nil();
    let mut batches = 0_u32;
    while !state.draining.is_cancelled()
        && let Some(last) = store::index_next(&state.db, after).await?
    {
        after = last;
        batches += 1;
        // About one log line a minute: operators wait for it after an upgrade.
        if batches.is_multiple_of(500) {
            tracing::info!(batches, "reindexing tasks for search");
        }
    }
    Ok(())
}
