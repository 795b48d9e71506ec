//! Profiles, and what depends on them: reminders and due dates follow the time zone.

pub mod routes;

use sqlx::PgPool;

use crate::events::Bus;

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
}
