//! A project's tags: name and colour. `tasks` assigns them through [`store`].

pub mod access;
pub mod model;
pub mod routes;
pub mod store;

use sqlx::PgPool;

use crate::{
    db::Reader,
    events::{Bus, Revisions},
};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub reads: Reader,
    pub revisions: Revisions,
    pub bus: Bus,
}
