//! Account deletion. After the request there is a grace period, then a worker erases the account step by step. What the person wrote in
//! other people's projects stays, anonymised; everything that names them is removed.

mod erase;
mod hand_over;
mod model;
mod request;
pub mod routes;
mod store;
pub mod worker;

use std::sync::Arc;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{auth::password::Hasher, config::Config, events::Bus, rate_limit::RateLimiter};

pub use erase::{begin, erase_account};
pub use request::{Kept, Pending, keep, pending_for_sign_in};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub limiter: RateLimiter,
    pub hasher: Arc<Hasher>,
    pub draining: CancellationToken,
}
