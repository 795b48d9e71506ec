//! Announcements from an administrator to everyone. The row is written immediately; a worker goes through the users.

pub mod model;
pub mod routes;
pub mod store;
pub mod worker;

use std::sync::Arc;

use sqlx::PgPool;

use crate::{config::Config, events::Bus};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
}
