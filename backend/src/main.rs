use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    todo::cli::run(todo::cli::Cli::parse())
}
