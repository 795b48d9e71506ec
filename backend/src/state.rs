//! What every handler can reach. Cheap to clone.

use std::{ops::Deref, sync::Arc};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{password::Hasher, session_memory::SessionMemory, token::TokenKeys},
    cache::{AnswerCache, Redis},
    config::Config,
    db::Reader,
    mail::{Letters, Mailer},
    rate_limit::RateLimiter,
    realtime::{Bus, Hub, Revisions},
    signer::Signer,
    tasks::TaskReader,
};

#[derive(Clone)]
pub struct AppState(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub db: PgPool,
    /// For single statements of requests that only read.
    pub reads: Reader,
    pub tasks: TaskReader,
    pub redis: Option<Redis>,
    pub answers: AnswerCache,
    pub revisions: Revisions,
    pub limiter: RateLimiter,
    pub hasher: Hasher,
    pub tokens: TokenKeys,
    pub sessions: SessionMemory,
    pub bus: Bus,
    pub hub: Hub,
    /// Cancelled when the server is going to stop: it still serves, and says to those who ask that they should go elsewhere.
    pub leaving: CancellationToken,
    /// `None`: no SMTP server is configured, mail is off.
    pub mail: Option<Mailer>,
    pub letters: Letters,
    pub signer: Signer,
    /// Cancelled when the server is to take no new work; sockets then close.
    pub draining: CancellationToken,
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl AppState {
    /// Wires everything up. `jwt_secret` is the configured one or that of the data folder.
    pub fn new(config: Config, db: PgPool, jwt_secret: &secrecy::SecretString) -> anyhow::Result<Self> {
        let redis = config.redis_url.as_ref().map(Redis::connect).transpose()?;
        let draining = CancellationToken::new();
        let revisions = Revisions::default();
        let hub = Hub::new(db.clone(), config.live.clone());
        let reads = Reader::beside(&db, config.database.reads())?;
        Ok(Self(Arc::new(Parts {
            answers: AnswerCache::default(),
            limiter: RateLimiter::new(redis.clone()),
            hasher: Hasher::new(config.auth.hash_concurrency, config.auth.hash_queue)?,
            tokens: TokenKeys::new(jwt_secret, config.auth.access_token_ttl),
            sessions: SessionMemory::new(revisions.clone()),
            bus: Bus::new(hub.clone(), redis.clone(), revisions.clone()),
            revisions,
            hub,
            mail: config.mail.as_ref().map(Mailer::new).transpose()?,
            letters: Letters::load()?,
            signer: Signer::new(jwt_secret)?,
            redis,
            tasks: TaskReader::new(&reads),
            reads,
            db,
            config,
            leaving: CancellationToken::new(),
            draining,
        })))
    }
}
