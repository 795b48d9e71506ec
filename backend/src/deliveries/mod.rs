//! The outbox as people see it: what was sent to me, is waiting or was given up.

pub mod log;
pub mod model;
pub mod routes;

use sqlx::PgPool;

use crate::events::Bus;

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
}
