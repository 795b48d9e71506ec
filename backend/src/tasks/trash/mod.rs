//! Tasks in the trash: deleted, restored, deleted for good.

mod list;
pub mod routes;
