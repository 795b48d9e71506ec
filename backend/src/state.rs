//! What every handler can reach. Cheap to clone.

use std::{ops::Deref, sync::Arc};

use futures_util::future::join_all;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    accounts::setup::NeedsAdministrator,
    auth::{password::Hasher, session_memory::SessionMemory, token::TokenKeys},
    cache::{AnswerCache, Redis},
    config::Config,
    db::{self, Reader},
    http::{lock_turns::LockTurns, user_slots::UserSlots},
    mail::{Letters, Mailer},
    notifications::unsubscribe_keys::KeptKeys,
    off_runtime::OffRuntime,
    quotas::Quotas,
    rate_limit::RateLimiter,
    realtime::{Backlog, Bus, Hub, Revisions},
    signer::Signer,
    supervisor::Supervisor,
};

/// Connections that wait for the same project: one changes it, and the next ones are at hand.
const MOST_LOCK_TURNS: u32 = 3;

#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The connections of requests or of one kind of background work, and what all share.
pub struct Parts {
    pub db: PgPool,
    shared: Arc<Shared>,
}

/// Work that is no request. Each kind has connections of its own, so that a burst of it takes none from requests or from another
/// kind.
#[derive(Debug, Clone, Copy)]
pub enum Background {
    Mail,
    Webhooks,
    /// Everything else: reminders, announcements, digests, clean-up.
    Scheduled,
}

struct BackgroundPools {
    mail: PgPool,
    webhooks: PgPool,
    scheduled: PgPool,
}

pub struct Shared {
    pub config: Config,
    /// Names this process to others.
    pub process: Uuid,
    pub supervisor: Supervisor,
    background: BackgroundPools,
    /// For single statements of requests that only read.
    pub reads: Reader,
    pub redis: Option<Redis>,
    pub answers: AnswerCache,
    pub revisions: Revisions,
    pub limiter: RateLimiter,
    pub slots: UserSlots,
    pub lock_turns: LockTurns,
    pub hasher: Hasher,
    pub off_runtime: OffRuntime,
    pub tokens: TokenKeys,
    pub sessions: SessionMemory,
    pub setup: NeedsAdministrator,
    pub bus: Bus,
    pub hub: Hub,
    /// Cancelled when the server is going to stop: it still serves, and says to those who ask that they should go elsewhere.
    pub leaving: CancellationToken,
    /// `None`: no SMTP server is configured, mail is off.
    pub mail: Option<Mailer>,
    pub letters: Letters,
    pub signer: Signer,
    pub unsubscribe_keys: KeptKeys,
    /// Cancelled when the server is to take no new work; sockets then close.
    pub draining: CancellationToken,
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Deref for Parts {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl AppState {
    /// Wires everything up. `jwt_secret` is the configured one or that of the data folder.
    pub fn new(config: Config, db: PgPool, jwt_secret: &secrecy::SecretString) -> anyhow::Result<Self> {
        let connect = |url| Redis::connect(url, config.redis_password_file.clone());
        let redis = config.redis_url.as_ref().map(connect).transpose()?;
        let redis = redis.map(|redis| redis.with_prefix(&config.redis_prefix));
        let draining = CancellationToken::new();
        let supervisor = Supervisor::new(draining.clone());
        let revisions = Revisions::default();
        let hub = Hub::new(db.clone(), config.live.clone());
        let shares = config.database.shares(config.role);
        let reads = Reader::beside(&db, shares.reads)?;
        let turns = match config.limits.requests_running_per_user {
            0 => (shares.writes / 2).max(1),
            set => set,
        };
        let background = || db::pool_beside(&db, shares.background);
        let shared = Arc::new(Shared {
            background: BackgroundPools { mail: background(), webhooks: background(), scheduled: background() },
            answers: AnswerCache::default(),
            limiter: RateLimiter::new(redis.clone()),
            slots: UserSlots::new(config.limits.requests_at_once_per_user, turns, config.http.max_unread_megabytes),
            lock_turns: LockTurns::new((shares.writes / 2).clamp(1, MOST_LOCK_TURNS)),
            off_runtime: OffRuntime::default(),
            hasher: Hasher::new(config.auth.hash_concurrency, config.auth.hash_queue),
            tokens: TokenKeys::new(jwt_secret, &config.auth.old_jwt_secrets, config.auth.access_token_ttl)?,
            sessions: SessionMemory::new(revisions.clone()),
            bus: Bus::new(
                hub.clone(),
                redis.clone(),
                revisions.clone(),
                supervisor.clone(),
                Backlog::new(config.webhooks.max_waiting),
                Quotas::new(config.quotas, redis.clone()),
            ),
            revisions,
            setup: NeedsAdministrator::default(),
            hub,
            mail: config.mail.as_ref().map(Mailer::new).transpose()?,
            letters: Letters::load()?,
            signer: Signer::new(jwt_secret, &config.auth.old_jwt_secrets)?,
            unsubscribe_keys: KeptKeys::default(),
            redis,
            supervisor,
            process: Uuid::now_v7(),
            reads,
            config,
            leaving: CancellationToken::new(),
            draining,
        });
        Ok(Self(Arc::new(Parts { db, shared })))
    }

    /// The same state over the connections of that work.
    pub fn for_background(&self, work: Background) -> Self {
        let pools = &self.background;
        let db = match work {
            Background::Mail => &pools.mail,
            Background::Webhooks => &pools.webhooks,
            Background::Scheduled => &pools.scheduled,
        };
        Self(Arc::new(Parts { db: db.clone(), shared: Arc::clone(&self.shared) }))
    }

    /// Every pool of statements that may write.
    pub fn pools(&self) -> [&PgPool; 4] {
        let BackgroundPools { mail, webhooks, scheduled } = &self.background;
        [&self.db, mail, webhooks, scheduled]
    }

    /// Closes every connection to the database, when what is going on over it has ended.
    pub async fn close_database(&self) {
        self.reads.close();
        join_all(self.pools().map(PgPool::close)).await;
    }
}
