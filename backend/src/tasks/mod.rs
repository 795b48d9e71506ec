//! Tasks: model, changes, queries.

pub mod access;
pub mod edit;
pub mod list;
pub mod model;
pub mod reminder_routes;
pub mod store;
pub mod trash;

use std::sync::Arc;

use sqlx::PgPool;

use crate::{
    cache::AnswerCache,
    db::Reader,
    events::{Bus, Revisions},
    off_runtime::OffRuntime,
};

pub use list::filter::day_start;

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub reads: Reader,
    pub revisions: Revisions,
    pub bus: Bus,
    pub answers: Arc<AnswerCache>,
    pub off_runtime: Arc<OffRuntime>,
}
