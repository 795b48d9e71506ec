//! Tasks: what they are, how they change, how they are found.

pub mod change_routes;
mod changes;
mod filter;
mod list_by_due;
mod list_conditions;
mod list_order;
mod list_query;
pub mod list_routes;
mod list_tag;
pub mod model;
mod notices;
mod placement;
pub mod store;
mod tag_changes;
mod trash;
pub mod trash_routes;
pub mod watch_routes;

pub use filter::day_start;
