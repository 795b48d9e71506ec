//! Webhooks: project owners register URLs that receive the project's events, signed according to the Standard Webhooks specification
//! (version 1.0.0). A message is an outbox row, created for an event after its commit (`notices/`).

mod address;
pub mod delivery_routes;
pub mod guard;
mod log;
mod message;
pub mod model;
mod queue;
pub mod routes;
pub mod secret;
mod sender;
mod sending;
pub mod store;
pub mod worker;

use std::sync::Arc;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub use self::queue::insert_for_events;
use crate::{config::Config, events::Bus, rate_limit::RateLimiter};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub limiter: RateLimiter,
    pub draining: CancellationToken,
}
