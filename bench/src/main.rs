//! `make bench`: drives the release build of the server and says what it does in a second beside what the machine could do.

mod bench;
mod beside;
mod chance;
mod connection;
mod data;
mod expect;
mod floors;
mod machine;
mod metrics;
mod one_person;
mod pace;
mod plan;
mod process;
mod psql;
mod ratios;
mod report;
mod request;
mod results;
mod run;
mod scale;
mod server;
mod services;
mod soak;
mod sockets;
mod times;
mod workloads;
mod wrk;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use mimalloc::MiMalloc;
use tokio::signal::unix::{SignalKind, signal};

use crate::plan::{Plan, Profile};

// As the server: Argon2 and the bare route shall have the same allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What the server does in a second, beside what the machine could do.
#[derive(Parser)]
#[command(name = "todo-bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure; fails when an answer was not the expected one. Needs scripts/with-services.sh around it
    Run(RunOptions),
    /// Show two results side by side
    Compare {
        /// A .json file of bench/results
        a: PathBuf,
        b: PathBuf,
    },
    /// Serve a route that does nothing; a floor that the run starts itself
    #[command(hide = true)]
    BareRoute {
        #[arg(long)]
        port: u16,
    },
}

#[derive(Args)]
struct RunOptions {
    #[arg(long, value_enum, default_value = "short")]
    profile: Profile,
    /// Where the results go
    #[arg(long, default_value = "bench/results")]
    output: PathBuf,
    /// Only measurements whose name holds this, or one of several separated by commas
    #[arg(long)]
    only: Option<String>,
    /// How long the soak takes, when not ten minutes
    #[arg(long)]
    soak_seconds: Option<u64>,
    /// The program that is measured; that beside this one when absent
    #[arg(long, env = "BENCH_TODO")]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match execute(Cli::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(options) => run_until_signal(options).await,
        Command::Compare { a, b } => {
            print!("{}", report::compare(&report::read(&a)?, &report::read(&b)?));
            Ok(ExitCode::SUCCESS)
        }
        Command::BareRoute { port } => floors::bare_route::serve(port).await.map(|()| ExitCode::SUCCESS),
    }
}

/// What was started ends with the run, also when that is told to stop.
async fn run_until_signal(options: RunOptions) -> anyhow::Result<ExitCode> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        result = measure(options) => result,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("told to stop"),
    }
}

async fn measure(options: RunOptions) -> anyhow::Result<ExitCode> {
    let output = options.output;
    let mut plan = Plan::of(options.profile);
    plan.soak_seconds = options.soak_seconds.unwrap_or(plan.soak_seconds);
    let options = run::Options {
        plan,
        program: find_program(options.program)?,
        repository: Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the crate is nowhere")?.to_owned(),
        only: options.only,
    };
    let report = run::run(&options).await?;
    print!("{}", report::table::render(&report));
    let path = report::write(&report, &output)?;
    println!("\nWritten to {} and the files beside it.", path.display());
    Ok(match report.unexpected() {
        0 => ExitCode::SUCCESS,
        count => {
            eprintln!("error: {count} answers were not the expected ones (above)");
            ExitCode::FAILURE
        }
    })
}

/// As an absolute path: it is started in another folder.
fn find_program(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.join("todo"));
    let path = named.or_else(beside).context("the program to measure is nowhere")?;
    path.canonicalize().with_context(|| format!("{} is not there: cargo build --release --bin todo", path.display()))
}
