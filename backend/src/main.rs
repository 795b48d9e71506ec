use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

// The system's allocator keeps the 19 MiB of every password hash, once for each thread that ever made one; this one
// gives them back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // The allocator would have the kernel fill in 2 MiB at the first touch of each: twice the memory of an idle server.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
    todo::cli::run(todo::cli::Cli::parse())
}
