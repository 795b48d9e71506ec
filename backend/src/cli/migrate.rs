use anyhow::Context as _;

use super::context::Context;
use crate::{config::Config, db};

pub async fn run(config: Config) -> anyhow::Result<()> {
    let url = config.database.direct_url.clone().or_else(|| config.database.url.clone());
    match url {
        Some(url) => db::migrate(&url).await.context("bringing the schema up to date")?,
        None => Context::open(config).await?.close().await?, // the private database is migrated when it is opened
    }
    println!("The schema is up to date.");
    Ok(())
}
