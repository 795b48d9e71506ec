//! Administration of accounts: search, disable, promote, end sessions, delete.

pub mod actions;
pub mod deletion;
pub mod model;
pub mod routes;
pub mod setup;
pub mod store;

use std::sync::Arc;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use self::setup::NeedsAdministrator;
use crate::{account_deletion, config::Config, events::Bus, rate_limit::RateLimiter};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub limiter: RateLimiter,
    pub setup: Arc<NeedsAdministrator>,
    pub draining: CancellationToken,
    pub deletion: account_deletion::Parts,
}
