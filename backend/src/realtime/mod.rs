//! Live updates: topics, their events, and the WebSocket that tells them.
//!
//! A write records its events in the transaction that makes it ([`Change`]). After the commit the [`Bus`] tells the
//! [`Hub`] of this process and, through Redis, those of the other replicas. That is a hint and may be lost: a hub knows
//! the revision of each topic that somebody here watches, sees a gap when an event is missing, and reads what it lacks
//! from the table `events`. Connections pull from the hub, each at its own pace; none has a queue that could grow.

mod added;
mod alarm;
mod backlog;
mod budget;
mod bus;
mod change;
mod connection;
mod delivery;
mod event;
mod follow;
mod frame;
mod held;
mod hub;
mod link;
mod mailbox;
mod message;
mod opening;
pub mod revisions;
mod ring;
pub mod socket;
mod store;
mod subscriptions;
mod topic;
mod upkeep;
mod watched;

use std::time::Duration;

pub use self::{
    alarm::Alarm,
    backlog::Backlog,
    bus::Bus,
    change::Change,
    event::{Event, EventKind},
    hub::Hub,
    revisions::{Revisions, SubscriptionEpoch},
    topic::Topic,
};
use crate::state::AppState;

/// How long sockets get to say goodbye when the server stops.
const CLOSING_TIME: Duration = Duration::from_secs(10);

/// Keeps the hub up to date until the server drains.
pub fn start(state: &AppState) {
    let of_upkeep = state.clone();
    state.supervisor.spawn("live_upkeep", move || {
        let state = of_upkeep.clone();
        async move { upkeep::run(&state.hub, &state.draining).await }
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
