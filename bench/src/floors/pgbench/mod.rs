//! pgbench with the very SQL that the server runs for a request: what PostgreSQL does when nobody stands before it.
//!
//! ```text
//! let recording = Recording::begin(&services, &database_url).await?;   // what the role does is logged from now on
//! // start a server: its connections must be new
//! let captured = recording.capture(server.address, &requests).await?;
//! drop(recording);                                       // and no longer
//! let measured = pgbench::measure("list", &captured, &services, &database_url, clients, threads, seconds).await?;
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
    check::check_rows,
    run::measure,
};
