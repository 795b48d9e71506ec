//! The command line: one file per command.

mod admin;
mod admin_accounts;
mod admin_announce;
mod admin_deliveries;
pub mod background;
mod check_config;
mod context;
mod doctor;
mod healthcheck;
mod migrate;
mod migrations;
mod openapi;
mod seed;
mod serve;
mod traces;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{config::Config, http::request_context, telemetry};

/// Todo List Plus: tasks for people who work alone or together.
///
/// Configuration comes from environment variables; .env.example lists them all. Without DATABASE_URL everything runs on a private
/// PostgreSQL under DATA_DIR.
#[derive(Parser)]
#[command(name = "todo", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, the WebSocket and the SPA
    Serve(serve::Options),
    /// Run background work: mail, webhooks, reminders, clean-up
    Worker,
    /// Run pending database migrations
    Migrate(migrate::Options),
    /// Fill the database with sample data, if it has none
    Seed,
    /// Ask a running server whether it is ready; for container health checks
    Healthcheck(healthcheck::Options),
    /// Check this installation and say how to fix problems
    ///
    /// Exits with 1 if there is a problem. Checks that need a request are on the administrators' page.
    Doctor,
    /// Check the configuration and report everything that is wrong, without connecting to anything
    CheckConfig,
    /// Print the OpenAPI document
    Openapi,
    /// Manage accounts, deliveries and announcements
    Admin(admin::Options),
}

pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Openapi => openapi::run(),
        command => Config::from_env().map_err(anyhow::Error::new).and_then(|config| run_with(config, command)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_with(mut config: Config, command: Command) -> anyhow::Result<()> {
    if matches!(command, Command::Doctor) {
        config.log_filter = "off".to_owned(); // what it finds, it says once
    }
    let program = match command {
        Command::Serve(_) => Some("backend"),
        Command::Worker => Some("worker"),
        _ => None,
    };
    if matches!(command, Command::CheckConfig) {
        return check_config::run();
    }
    telemetry::start_logging(&config, program, request_context::log_fields)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        match command {
            Command::Serve(options) => serve::run(config, options).await,
            Command::Worker => worker::run(config).await,
            Command::Migrate(options) => migrate::run(config, &options).await,
            Command::Seed => seed::run(config).await,
            Command::Healthcheck(options) => healthcheck::run(&config, &options).await,
            Command::Doctor => doctor::run(config).await,
            Command::CheckConfig => check_config::run(),
            Command::Admin(options) => admin::run(config, options).await,
            Command::Openapi => openapi::run(),
        }
    })
}
