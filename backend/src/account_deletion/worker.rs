//! Warns people whose account will soon be deleted, and erases accounts that are due.

use anyhow::ensure;
use serde_json::json;

use super::{erase::erase_due, store};
use crate::{
    account_deletion::Parts,
    auth::{self, AccountMail},
    events::Change,
};

const BATCH: i64 = 100;

pub async fn run_once(state: &Parts) -> anyhow::Result<()> {
    for user_id in store::to_warn(&state.db, BATCH).await? {
        let mut change = Change::begin(&state.db, None).await?;
        if let Some(due_at) = store::mark_warned(change.connection(), user_id).await? {
            let mail = AccountMail::DeletionSoon;
            auth::queue_account_mail(&state.config, &mut change, user_id, mail, json!({ "at": due_at })).await?;
            change.commit(&state.bus).await?;
        }
    }
    let mut failed = 0;
    for user_id in store::due(&state.db, BATCH).await? {
        if state.draining.is_cancelled() {
            break;
        }
        // A failure affects only this account; it is retried.
        if let Err(error) = erase_due(state, user_id).await {
            tracing::error!(%user_id, error = format!("{error:#}"), "erasing an account failed");
            failed += 1;
        }
    }
    ensure!(failed == 0, "{failed} accounts were not erased");
    Ok(())
}
