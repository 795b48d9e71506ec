//! Makes the lexemes of tasks that something else than this version of the server has written: after an upgrade those of all tasks, in
//! batches, beside servers of the version before.

use crate::{id::Id, search::store, state::AppState};

pub async fn run_once(state: &AppState) -> anyhow::Result<()> {
    let mut after = Id::nil();
    let mut batches = 0_u32;
    while !state.draining.is_cancelled()
        && let Some(last) = store::index_next(&state.db, after).await?
    {
        after = last;
        batches += 1;
        // A line a minute or so: it is what an operator waits for after an upgrade.
        if batches.is_multiple_of(500) {
            tracing::info!(batches, "tasks are being indexed anew for search");
        }
    }
    Ok(())
}
