//! The end of an account. Its owner asks for it; for some days it can be kept, then a worker erases it, step by step. What the person wrote
//! in projects of others stays there, without a name; everything that names them goes.

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

/// What this takes of the state of the process.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub limiter: RateLimiter,
    pub hasher: Arc<Hasher>,
    pub draining: CancellationToken,
}
