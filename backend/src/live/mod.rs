//! What is read of events: the WebSocket that tells them.
//!
//! The [`Hub`] of each process knows the revision of each topic that somebody here watches. What the bus tells is a hint and may be lost:
//! then the hub sees a gap, and reads what it lacks from the table `events`. Connections pull from the hub, each at its own pace; none has
//! a queue that could grow.

mod connection;
mod dirty_topics;
mod hub;
mod limits;
mod reconcile;
mod ring;
pub mod socket;
mod store;
mod subscription;
mod topic_log;

use std::time::Duration;

pub use self::hub::Hub;
use crate::{events::bus, state::AppState};

/// How long sockets get to say goodbye when the server stops.
const CLOSING_TIME: Duration = Duration::from_secs(10);

/// Keeps the hub up to date until the server drains.
pub fn start(state: &AppState) {
    let of_upkeep = state.clone();
    state.supervisor.spawn("live_upkeep", move || {
        let state = of_upkeep.clone();
        async move { reconcile::run(&state.hub, &state.draining).await }
    });
    let of_listening = state.clone();
    state.supervisor.spawn("live_listen", move || {
        let state = of_listening.clone();
        async move { bus::listen(&state.bus, &state.draining).await }
    });
}

/// Once the server drains, waits for the last socket to close: who awaits this before the end cuts nobody off without a word.
pub async fn all_closed(state: &AppState) {
    state.draining.cancelled().await;
    if tokio::time::timeout(CLOSING_TIME, state.hub.all_closed()).await.is_err() {
        tracing::warn!("some sockets did not close in time");
    }
}
