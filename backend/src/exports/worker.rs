//! Creates requested exports, one at a time.

use chrono::Utc;

use super::{
    KEPT,
    archive::Archive,
    contents::{self, PARTS},
    store::{self, Claim},
};
use crate::{
    events::Change,
    exports::Parts,
    notifications::{Notice, notify},
};

/// A description has at most 20,000 characters, so a page takes a few megabytes at most.
const ROWS: i64 = 200;

/// Creates all waiting exports.
pub async fn run_once(state: &Parts) -> anyhow::Result<()> {
    while !state.draining.is_cancelled() {
        let Some(claim) = store::claim(&state.db).await? else { return Ok(()) };
        if let Err(error) = make(state, &claim).await {
            store::give_back(&state.db, &claim).await?;
            return Err(error.context("an export was not made"));
        }
    }
    Ok(())
}

async fn make(state: &Parts, claim: &Claim) -> anyhow::Result<()> {
    let mut archive = Archive::new(&state.db, claim.clone());
    archive.begin_file("README.txt").await?;
    archive.write(contents::readme().into_bytes()).await?;
    for (index, part) in PARTS.iter().enumerate() {
        archive.begin_file(part.file).await?;
        let mut after = String::new();
        let mut separator = "[\n";
        loop {
            let rows = store::page(&state.db, part, claim.user_id, &after, ROWS).await?;
            let mut text = Vec::new();
            for (_, row) in &rows {
                text.extend_from_slice(separator.as_bytes());
                serde_json::to_writer(&mut text, row)?;
                separator = ",\n";
            }
            let is_last = rows.len() < ROWS as usize;
            if is_last {
                text.extend_from_slice(if separator == "[\n" { b"[]\n" } else { b"\n]\n" });
            }
            archive.write(text).await?;
            let percent = 100 * (index + 1) / (PARTS.len() + 1);
            store::set_progress(&state.db, claim, i16::try_from(percent)?).await?;
            match rows.into_iter().next_back() {
                Some((key, _)) if !is_last => after = key,
                _ => break,
            }
        }
    }
    let size = archive.finish().await?;
    let mut change = Change::begin(&state.db, None).await?;
    change.lock_users(&[claim.user_id]).await?;
    if store::finish(change.connection(), claim, size).await? {
        notify(&mut change, claim.user_id, Notice::export_ready(Utc::now() + KEPT)).await?;
        change.commit(&state.bus).await?;
    }
    Ok(())
}
