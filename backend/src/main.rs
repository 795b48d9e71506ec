use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

// The system's allocator keeps the 19 MiB of every password hash, once for each thread that ever made one; this one
// gives them back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    todo::cli::run(todo::cli::Cli::parse())
}
