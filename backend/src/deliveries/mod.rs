//! The outbox as people see it: what was sent to me, what waits, what was given up.

pub mod model;
pub mod routes;
pub mod store;
