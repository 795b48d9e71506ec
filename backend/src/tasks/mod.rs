//! Tasks: what they are, how they change, how they are found.

pub mod edit;
pub mod list;
pub mod model;
mod reader;
pub mod reminder_routes;
pub mod store;
mod task_row;
pub mod trash;

pub use list::filter::day_start;
pub use reader::TaskReader;
