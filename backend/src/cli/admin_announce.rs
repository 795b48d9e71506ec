use std::io::{IsTerminal, Read};

use anyhow::{Context as _, bail};
use clap::Args;

use super::admin::explain;
use crate::{
    announcements::{
        model::{AnnouncementText, AnnouncementTexts},
        store,
    },
    http::input_errors,
    id::Id,
    state::AppState,
};

/// More bytes than a text may have.
const MAX_INPUT: u64 = 64 * 1024;

#[derive(Args)]
pub struct Options {
    /// In English
    #[arg(long, required_unless_present = "title_zh")]
    title: Option<String>,
    /// In English; read from standard input if absent
    #[arg(long, requires = "title")]
    text: Option<String>,
    /// In Chinese; Chinese readers get the English text otherwise
    #[arg(long, requires = "text_zh")]
    title_zh: Option<String>,
    #[arg(long, requires = "title_zh")]
    text_zh: Option<String>,
}

pub async fn run(state: &AppState, options: Options) -> anyhow::Result<()> {
    let en = match (options.title, options.text) {
        (None, _) => None,
        (Some(title), Some(text)) => Some(AnnouncementText { title, text }),
        (Some(title), None) => Some(AnnouncementText { title, text: piped()? }),
    };
    let zh_cn = options.title_zh.zip(options.text_zh).map(|(title, text)| AnnouncementText { title, text });
    let texts = AnnouncementTexts { en, zh_cn };
    input_errors::check(&texts).map_err(explain).context("the announcement cannot be sent like this")?;
    store::insert(&state.db, Id::new(), &texts, None).await?;
    println!("It is written down; the worker tells everybody now, in the page and by mail as each of them prefers.");
    Ok(())
}

fn piped() -> anyhow::Result<String> {
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        bail!("--text is missing; or pipe it in");
    }
    std::io::stdin().take(MAX_INPUT).read_to_string(&mut text).context("reading the text from standard input")?;
    Ok(text.trim().to_owned())
}
