//! `make bench`: drives the release build of the server and says what it does in a second beside what the machine could do.

mod floors;
mod report;
mod request;
mod results;
mod services;

use mimalloc::MiMalloc;

// As the server: Argon2 and the bare route shall have the same allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {}
