//! What administrators do with accounts: find them, disable, promote, end sessions, delete.

pub mod actions;
pub mod deletion;
pub mod model;
pub mod routes;
pub mod setup;
pub mod store;
