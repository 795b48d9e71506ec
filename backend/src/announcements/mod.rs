//! Messages of an administrator to everybody. The row is written at once; a worker walks the users.

pub mod model;
pub mod routes;
pub mod store;
pub mod worker;
