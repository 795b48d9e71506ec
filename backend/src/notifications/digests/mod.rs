//! One mail a day or a week instead of single ones. Items are recorded with their cause; at the digest time a worker combines everything
//! waiting for a person into one delivery.

mod schedule;
pub mod store;

pub use self::schedule::{Frequency, Schedule};
