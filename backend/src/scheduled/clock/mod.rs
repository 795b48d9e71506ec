//! What the scheduled work shares. The present moment is always handed in.
//!
//! Each first writes down who is to be told what (a row that waits), then tells one user after another, each in a
//! transaction of its own that also settles the rows. So any number of workers tell once, also when they are killed, and
//! what was due while none was running is told late.

mod for_each_user;
pub mod watermarks;

pub use for_each_user::for_each_user;
