//! Reminders: a member's own word to themselves about a task, for an instant or so long before one of its dates.

mod follow;
pub mod model;
pub mod moment;
pub mod store;

pub use follow::{follow_task, follow_time_zone};
pub use moment::MORNING;
