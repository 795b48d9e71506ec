//! A zip written incrementally: compressed data goes to the database in chunks.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use sqlx::PgPool;
use tokio::task::spawn_blocking;
use zip::{
    ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::store;

/// Bytes.
const PIECE: usize = 1024 * 1024;

/// Compressed data that is not stored yet.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Writer = ZipWriter<StreamWriter<Output>>;

pub struct Archive {
    db: PgPool,
    export: store::Claim,
    /// `None` while it is on another thread, compressing.
    writer: Option<Writer>,
    output: Output,
    stored: store::Stored,
}

impl Archive {
    pub fn new(db: &PgPool, export: store::Claim) -> Self {
        let output = Output::default();
        let writer = Some(ZipWriter::new_stream(output.clone()));
        Self { db: db.clone(), export, writer, output, stored: store::Stored::default() }
    }

    pub async fn begin_file(&mut self, name: &'static str) -> anyhow::Result<()> {
        self.on_writer(move |writer| Ok(writer.start_file(name, SimpleFileOptions::default().large_file(true))?)).await
    }

    /// Compression is CPU-heavy, so it does not run on the request threads.
    pub async fn write(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.on_writer(move |writer| Ok(writer.write_all(&bytes)?)).await?;
        self.store(PIECE).await
    }

    /// Stores the rest and returns the total size.
    pub async fn finish(mut self) -> anyhow::Result<i64> {
        let writer = self.writer.take().context("an archive in use")?;
        spawn_blocking(move || writer.finish()).await??;
        self.store(1).await?;
        Ok(self.stored.bytes)
    }

    async fn on_writer(
        &mut self,
        work: impl FnOnce(&mut Writer) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let mut writer = self.writer.take().context("an archive in use")?;
        let (writer, done) = spawn_blocking(move || {
            let done = work(&mut writer);
            (writer, done)
        })
        .await?;
        self.writer = Some(writer);
        done
    }

    /// Complete chunks, as long as at least `least` bytes are left.
    async fn store(&mut self, least: usize) -> anyhow::Result<()> {
        loop {
            let piece = {
                let mut output = self.output.0.lock().unwrap_or_else(PoisonError::into_inner);
                if output.len() < least {
                    return Ok(());
                }
                let length = output.len().min(PIECE);
                let rest = output.split_off(length);
                mem::replace(&mut *output, rest)
            };
            store::add_piece(&self.db, &self.export, &mut self.stored, &piece).await?;
        }
    }
}
