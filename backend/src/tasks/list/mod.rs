//! How tasks are found: filtered, sorted, searched, counted.

mod by_due;
mod conditions;
pub(super) mod etag;
pub mod filter;
pub(super) mod order;
pub(super) mod query;
pub mod routes;
