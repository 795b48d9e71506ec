use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

// The system's allocator keeps the 19 MiB of every password hash, once per thread that ever made one; this one returns them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Otherwise the kernel would fill 2 MiB at the first touch of each: twice the memory of an idle server.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
    todo::cli::run(todo::cli::Cli::parse())
}
