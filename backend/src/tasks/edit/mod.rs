//! Creating, reading and changing a task.

mod notify;
pub mod position;
pub mod routes;
mod rules;
mod tag_changes;
pub mod watch;
