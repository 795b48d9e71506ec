//! Reminders: a member's own word to themselves about a task, for an instant or so long before one of its dates.

pub mod model;
pub mod moment;
mod reschedule;
pub mod store;

pub use moment::MORNING;
pub use reschedule::{reschedule_for_task, reschedule_for_time_zone};
