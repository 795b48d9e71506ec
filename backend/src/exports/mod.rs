//! Export of all my data: a zip of JSON files, made by a worker and kept for a week. Nothing of it is held in memory as a whole: rows
//! come in pages, and the archive goes to the database in pieces.

mod archive;
pub mod contents;
pub mod routes;
mod store;
pub mod worker;

use std::time::Duration;

/// How long an archive can be downloaded.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
