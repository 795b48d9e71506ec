use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use crate::{
    deliveries::{
        log,
        model::{AdminDelivery, AdminDeliveryFilter, RetryRequest},
    },
    id::DeliveryId,
    notices,
    outbox::DeliveryState,
    state::AppState,
};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: DeliveriesCommand,
}

#[derive(Subcommand)]
enum DeliveriesCommand {
    /// List sent, waiting and given-up deliveries, newest first
    List {
        /// Only these
        #[arg(long)]
        state: Option<StateOption>,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Retry one that was given up (parked), or all of them and all changes of which people could not be notified
    Retry {
        /// As shown by `list`
        #[arg(required_unless_present = "all")]
        id: Option<DeliveryId>,
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateOption {
    Pending,
    Sent,
    Parked,
}

impl From<StateOption> for DeliveryState {
    fn from(state: StateOption) -> Self {
        match state {
            StateOption::Pending => Self::Pending,
            StateOption::Sent => Self::Sent,
            StateOption::Parked => Self::Parked,
        }
    }
}

pub async fn run(state: &AppState, options: Options) -> anyhow::Result<()> {
    match options.command {
        DeliveriesCommand::List { state: only, limit } => list(state, only, limit).await,
        DeliveriesCommand::Retry { id: Some(id), .. } => retry(state, id).await,
        DeliveriesCommand::Retry { id: None, .. } => {
            let everything = RetryRequest { kind: None, channel: None };
            let deliveries = log::retry_all(&state.db, &everything).await?;
            let changes = notices::store::retry_all(&state.db).await?;
            println!("{deliveries} are tried again. People are told of {changes} changes that were given up.");
            state.bus.worker_signal().notify();
            Ok(())
        }
    }
}

async fn list(state: &AppState, only: Option<StateOption>, limit: u16) -> anyhow::Result<()> {
    let filter = AdminDeliveryFilter { state: only.map(DeliveryState::from), ..AdminDeliveryFilter::default() };
    let deliveries = log::list(&state.db, &filter, None, i64::from(limit)).await?;
    if deliveries.is_empty() {
        println!("There are none.");
        return Ok(());
    }
    let heads = ["ID", "STATE", "KIND", "RECIPIENT", "ATTEMPTS", "CREATED (UTC)", "LAST ERROR"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heads).chain(deliveries.iter().map(row)).collect();
    for line in aligned(&rows) {
        println!("{line}");
    }
    Ok(())
}

async fn retry(state: &AppState, id: DeliveryId) -> anyhow::Result<()> {
    if !log::retry(&state.db, id).await? {
        match log::find(&state.db, id).await? {
            Some(_) => bail!("{id} is not parked: only what was given up is tried again"),
            None => bail!("there is no delivery {id}; `todo admin deliveries list` shows them"),
        }
    }
    state.bus.worker_signal().notify();
    println!("{id} is tried again.");
    Ok(())
}

fn row(delivery: &AdminDelivery) -> [String; 7] {
    let state = match delivery.state {
        DeliveryState::Pending => "pending",
        DeliveryState::Sent => "sent",
        DeliveryState::Parked => "parked",
    };
    [
        delivery.id.to_string(),
        state.to_owned(),
        printable(&delivery.kind),
        printable(&delivery.recipient),
        delivery.attempts.to_string(),
        delivery.created_at.format("%Y-%m-%d %H:%M").to_string(),
        printable(delivery.last_error.as_deref().unwrap_or_default()),
    ]
}

/// Untrusted text must not control the terminal.
fn printable(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Each column as wide as its longest value.
fn aligned<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_nothing_steers_the_terminal() {
        let rows = [["A".to_owned(), "B".to_owned()], ["longer".to_owned(), printable("x\u{1b}[31m\r\ny")]];
        assert_eq!(aligned(&rows), ["A       B", "longer  x [31m y"]);
    }
}
