//! The read side of events: the WebSocket.
//!
//! The [`Hub`] of each process knows the revision of each subscribed topic. Messages of the bus are hints and may be lost: then the hub
//! sees a gap and reads the missing events from the table `events`. Connections pull from the hub at their own pace; none has a queue that
//! could grow.

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

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::Authenticator,
    config::Config,
    events::{Bus, bus},
    supervisor::Supervisor,
};

pub use self::hub::Hub;

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub hub: Hub,
    pub db: PgPool,
    pub config: Arc<Config>,
    pub draining: CancellationToken,
    pub leaving: CancellationToken,
    pub authenticator: Authenticator,
}

/// How long sockets have to close when the server stops.
const CLOSING_TIME: Duration = Duration::from_secs(10);

/// Keeps the hub up to date until the server drains.
pub fn start(hub: &Hub, bus: &Bus, supervisor: &Supervisor, draining: &CancellationToken) {
    let (of_hub, stop) = (hub.clone(), draining.clone());
    supervisor.spawn("live_upkeep", move || {
        let (hub, stop) = (of_hub.clone(), stop.clone());
        async move { reconcile::run(&hub, &stop).await }
    });
    let (of_bus, stop) = (bus.clone(), draining.clone());
    supervisor.spawn("live_listen", move || {
        let (bus, stop) = (of_bus.clone(), stop.clone());
        async move { bus::listen(&bus, &stop).await }
    });
}

/// Once the server drains, waits for the last socket to close, so that no connection is cut without a close frame.
pub async fn all_closed(hub: &Hub, draining: &CancellationToken) {
    draining.cancelled().await;
    if tokio::time::timeout(CLOSING_TIME, hub.all_closed()).await.is_err() {
        tracing::warn!("some sockets did not close in time");
    }
}
