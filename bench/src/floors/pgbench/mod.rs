//! pgbench with the very SQL that the server runs for a request: what PostgreSQL does when nobody stands before it.
//!
//! ```text
//! let recording = Recording::begin(database).await?; // what the role does is logged from now on
//! let server = program.start().await?;               // its connections must be new
//! let lists = recording.capture_lists(server.address, &requests, "sort_value").await?;
//! let tasks = recording.capture(server.address, &other_requests).await?;
//! drop(recording);                                   // and no longer
//! server.stop().await?;
//! let floor = measure("list", &lists, database, clients, threads, seconds).await?;
//! ```

mod capture;
mod check;
mod connection;
mod log;
mod run;
mod script;
mod sql;

pub use self::{
    capture::{Captured, Recording},
    run::{PLANNING_SECONDS, measure},
    script::Share,
};
