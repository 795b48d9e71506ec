//! How a task is made, read and changed.

mod notify;
pub mod position;
pub mod routes;
mod rules;
mod tag_changes;
pub mod watch;
