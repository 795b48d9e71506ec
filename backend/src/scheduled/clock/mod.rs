//! Shared code of scheduled work. The current time is always a parameter.
//!
//! Each kind first records who is to be notified (rows), then notifies one user after another, each in a separate transaction that also
//! completes the rows. So any number of workers notify once, even when killed, and what became due during an outage is notified late.

mod for_each_user;
pub mod watermarks;

pub use for_each_user::for_each_user;
