//! What several commands need at the start: a database (their own if none is configured), the secret, the state.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;

use crate::{
    config::Config,
    db,
    embedded::{EmbeddedError, EmbeddedPostgres},
    state::AppState,
};

/// How much longer than a request a statement may take.
const STATEMENT_GRACE: Duration = Duration::from_secs(5);
/// How long connections in use are awaited at the end.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// A database that lives as long as this value.
pub struct Context {
    pub state: AppState,
    pub embedded: Option<EmbeddedPostgres>,
}

impl Context {
    /// Like [`Self::open`], but works next to a `todo serve` that has the private database open.
    pub async fn open_beside_server(config: Config) -> anyhow::Result<Self> {
        match Self::open(config.clone()).await {
            Err(error) if matches!(error.downcast_ref(), Some(EmbeddedError::InUse { .. })) => {
                let url = EmbeddedPostgres::url_of_running(&config.data_dir).ok_or(error)?;
                let state = Self::open_on(config, &SecretString::from(url), false).await?;
                Ok(Self { state, embedded: None })
            }
            opened => opened,
        }
    }

    /// Uses the configured database, or starts the private one and migrates it.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let (embedded, url) = match &config.database.url {
            Some(url) => (None, url.clone()),
            None => {
                let embedded = EmbeddedPostgres::start(&config.data_dir, config.postgres_bin.as_deref()).await?;
                let url = SecretString::from(embedded.database_url());
                (Some(embedded), url)
            }
        };
        match Self::open_on(config, &url, embedded.is_some()).await {
            Ok(state) => Ok(Self { state, embedded }),
            Err(error) => {
                if let Some(embedded) = embedded {
                    embedded.stop().await?;
                }
                Err(error)
            }
        }
    }

    async fn open_on(config: Config, url: &SecretString, private: bool) -> anyhow::Result<AppState> {
        if private {
            db::migrate(url).await.context("bringing the schema up to date")?;
        }
        let secret = match &config.auth.jwt_secret {
            Some(secret) => secret.clone(),
            None => keep_secret(&config.data_dir.join("jwt-secret"))?,
        };
        let writes = config.database.shares(config.role).writes;
        let pool = db::pool(url, writes, config.request_timeout + STATEMENT_GRACE)?;
        AppState::new(config, pool, &secret)
    }

    /// Releases the database, and stops it if it is our own.
    pub async fn close(self) -> anyhow::Result<()> {
        if tokio::time::timeout(CLOSE_PATIENCE, self.state.close_database()).await.is_err() {
            tracing::warn!("some statements were still running; they are rolled back");
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await?;
        }
        Ok(())
    }
}

/// Reads a secret, or creates one that only this user can read.
fn keep_secret(path: &Path) -> anyhow::Result<SecretString> {
    match fs::read_to_string(path) {
        Ok(secret) if secret.trim().len() >= 32 => return Ok(SecretString::from(secret.trim().to_owned())),
        Ok(_) => {
            anyhow::bail!("{} is not a secret of at least 32 characters; remove it to get a new one", path.display())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    Ok(SecretString::from(secret))
}
