//! Tags of a project: a name and a colour. Which tasks have them is written by `tasks` through [`store`].

pub mod access;
pub mod model;
pub mod routes;
pub mod store;

use sqlx::PgPool;

use crate::{
    db::Reader,
    events::{Bus, Revisions},
};

/// What this takes of the state of the process.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub reads: Reader,
    pub revisions: Revisions,
    pub bus: Bus,
}
