//! The outbox as people see it: what was sent to me, what waits, what was given up.

pub mod log;
pub mod model;
pub mod routes;

use sqlx::PgPool;

use crate::events::Bus;

/// What this takes of the state of the process.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
}
