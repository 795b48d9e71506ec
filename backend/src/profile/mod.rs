//! What people say of themselves, and what hangs on it: with the time zone reminders and due dates move.

pub mod routes;

use sqlx::PgPool;

use crate::events::Bus;

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
}
