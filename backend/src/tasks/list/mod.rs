//! Task queries: filters, sorting, search, counts.

mod by_due;
mod conditions;
pub(super) mod etag;
pub mod filter;
pub(super) mod order;
pub(super) mod query;
pub mod routes;
