//! One mail a day or a week instead of single ones. What is told is written down with what it tells of; when it is due, a
//! worker gathers all that waits for a person into one delivery.

mod schedule;
pub mod store;

pub use self::schedule::{Frequency, Schedule};
