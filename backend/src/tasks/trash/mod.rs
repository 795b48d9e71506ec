//! Tasks in the trash: delete, restore, delete permanently.

mod list;
pub mod routes;
