//! What the features share that tell people of something because time has passed. The present moment is always handed in.
//!
//! Each of them first writes down who is to be told what (a row that waits), then tells one user after another, each in a
//! transaction of its own that also settles the rows. So any number of workers tell once, also when they are killed, and
//! what was due while none was running is told late.

pub mod marks;
mod mornings;
mod users;

pub use mornings::{mornings, mornings_between};
pub use users::each_user;
