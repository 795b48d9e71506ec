//! Data exports: a zip of JSON files, created by a worker and kept for a week. It is never in memory as a whole: rows are read in pages,
//! and the archive is stored in chunks.

mod archive;
pub mod contents;
pub mod routes;
mod store;
pub mod worker;

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

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

/// How long an archive can be downloaded.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
