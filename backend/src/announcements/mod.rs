//! Messages of an administrator to everybody. The row is written at once; a worker walks the users.

pub mod model;
pub mod routes;
pub mod store;
pub mod worker;

use std::sync::Arc;

use sqlx::PgPool;

use crate::{config::Config, events::Bus};

/// What this takes of the state of the process.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
}
