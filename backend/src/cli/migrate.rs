use anyhow::Context as _;
use clap::Args;

use super::context::Context;
use crate::{config::Config, db};

#[derive(Args)]
pub struct Options {
    /// Change nothing; show the state of each migration ("applied", "pending", "newer", "broken")
    #[arg(long)]
    status: bool,
}

pub async fn run(config: Config, options: &Options) -> anyhow::Result<()> {
    let url = config.database.direct_url.clone().or_else(|| config.database.url.clone());
    if options.status {
        let url = url.context("DATABASE_URL is not set: a private database is migrated whenever it is opened")?;
        for (version, description, state) in db::migration_status(&url).await.context("asking the database")? {
            println!("{state:<8} {version} {description}");
        }
        return Ok(());
    }
    match url {
        Some(url) => db::migrate(&url).await.context("bringing the schema up to date")?,
        None => Context::open(config).await?.close().await?, // the private database is migrated when it is opened
    }
    println!("The schema is up to date.");
    Ok(())
}
