//! Projects (categories or lists in other tools), their members, and access rights.

pub mod access;
pub mod invitations;
pub mod member_routes;
pub mod member_store;
pub mod model;
mod notices;
pub mod ownership;
pub mod people;
pub mod routes;
pub mod store;

use std::sync::Arc;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    db::Reader,
    events::{Bus, Revisions},
    rate_limit::RateLimiter,
    signer::Signer,
};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub reads: Reader,
    pub revisions: Revisions,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub limiter: RateLimiter,
    pub signer: Arc<Signer>,
    pub draining: CancellationToken,
}
