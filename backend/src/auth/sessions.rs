//! Ending sessions.

use serde_json::json;

use crate::{
    error::ApiError,
    events::{Bus, Change, EventKind, Topic},
    id::{SessionId, UserId},
};

/// Commits the sessions marked as ended in `change`, and notifies their sockets.
pub async fn finish_ending(
    bus: &Bus,
    mut change: Change,
    user_id: UserId,
    ended: &[SessionId],
) -> Result<(), ApiError> {
    for session_id in ended {
        change.record(Topic::User(user_id), EventKind::SessionEnded, &json!({ "id": session_id })).await?;
    }
    change.commit(bus).await?;
    Ok(())
}
