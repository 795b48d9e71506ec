//! The state that handlers can access. Cheap to clone.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use futures_util::future::join_all;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    account_deletion,
    accounts::{self, setup::NeedsAdministrator},
    announcements,
    auth::{self, Authenticator, password::Hasher, token::TokenKeys},
    cache::{AnswerCache, Redis},
    config::Config,
    dashboard,
    db::{self, Reader},
    deliveries,
    events::{Backlog, Bus, Revisions},
    exports,
    http::{
        lock_turns::LockTurns,
        user_slots::{TurnsEach, UserSlots},
    },
    id::{Id, ProcessId},
    live::{self, Hub},
    mailer::{self, MailTemplates, Mailer},
    notices,
    notifications::{self, unsubscribe_keys::KeptKeys},
    off_runtime::OffRuntime,
    profile, projects,
    quotas::Quotas,
    rate_limit::RateLimiter,
    sign_in,
    signer::Signer,
    supervisor::Supervisor,
    tags, tasks, webhooks,
};

/// Requests waiting for the same project in the database: one changes it, the next ones are ready.
const MOST_LOCK_TURNS: u32 = 3;

#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The connections for requests or one kind of background work, and the shared parts.
pub struct Parts {
    pub db: PgPool,
    shared: Arc<Shared>,
}

/// Background work. Each kind has its own connections, so that a burst takes none from requests or other kinds.
#[derive(Debug, Clone, Copy)]
pub enum Background {
    Mail,
    Webhooks,
    /// Notifying people of changes.
    Notices,
    /// Everything else: reminders, announcements, digests, clean-up.
    Scheduled,
}

struct BackgroundPools {
    mail: PgPool,
    webhooks: PgPool,
    notices: PgPool,
    scheduled: PgPool,
}

pub struct Shared {
    pub config: Arc<Config>,
    /// Identifies this process to others.
    pub process: ProcessId,
    pub supervisor: Supervisor,
    background: BackgroundPools,
    /// For single read-only statements of requests.
    pub reads: Reader,
    pub redis: Option<Redis>,
    pub answers: Arc<AnswerCache>,
    pub revisions: Revisions,
    pub limiter: RateLimiter,
    pub lock_turns: LockTurns,
    pub hasher: Arc<Hasher>,
    pub off_runtime: Arc<OffRuntime>,
    pub tokens: Arc<TokenKeys>,
    pub authenticator: Authenticator,
    pub setup: Arc<NeedsAdministrator>,
    pub bus: Bus,
    pub hub: Hub,
    /// Cancelled when the server starts draining: it still serves, but reports that clients should go elsewhere.
    pub leaving: CancellationToken,
    /// `None`: no SMTP server is configured, mail is off.
    pub mail: Option<Arc<Mailer>>,
    pub templates: Arc<MailTemplates>,
    pub signer: Arc<Signer>,
    pub unsubscribe_keys: Arc<KeptKeys>,
    /// Cancelled when the server accepts no new work; sockets then close.
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
        let half = |connections: u32| match config.limits.requests_running_per_user {
            0 => (connections / 2).max(1),
            set => set,
        };
        let turns = TurnsEach { reads: half(shares.reads), writes: half(shares.writes) };
        let limiter = RateLimiter::new(redis.clone());
        let slots = UserSlots::new(config.limits.requests_at_once_per_user, turns, config.http.max_unread_megabytes);
        let tokens = TokenKeys::new(jwt_secret, &config.auth.old_jwt_secrets, config.auth.access_token_ttl)?;
        let tokens = Arc::new(tokens);
        let authenticator =
            Authenticator::new(&config, tokens.clone(), revisions.clone(), reads.clone(), slots, limiter.clone());
        let background = || db::pool_beside(&db, shares.background);
        let shared = Arc::new(Shared {
            background: BackgroundPools {
                mail: background(),
                webhooks: background(),
                notices: background(),
                scheduled: background(),
            },
            answers: Arc::default(),
            limiter,
            lock_turns: LockTurns::new((shares.writes / 2).clamp(1, MOST_LOCK_TURNS)),
            off_runtime: Arc::default(),
            hasher: Arc::new(Hasher::new(config.auth.hash_concurrency, config.auth.hash_queue)),
            tokens,
            authenticator,
            bus: Bus::new(
                Arc::new(hub.clone()),
                redis.clone(),
                revisions.clone(),
                supervisor.clone(),
                Backlog::new(config.webhooks.max_waiting),
                Quotas::new(config.quotas, redis.clone()),
            ),
            revisions,
            setup: Arc::default(),
            hub,
            mail: config.mail.as_ref().map(Mailer::new).transpose()?.map(Arc::new),
            templates: Arc::new(MailTemplates::load()?),
            signer: Arc::new(Signer::new(jwt_secret, &config.auth.old_jwt_secrets)?),
            unsubscribe_keys: Arc::default(),
            redis,
            supervisor,
            process: Id::new(),
            reads,
            config: Arc::new(config),
            leaving: CancellationToken::new(),
            draining,
        });
        Ok(Self(Arc::new(Parts { db, shared })))
    }

    /// The same state with the connections of that kind of work.
    pub fn for_background(&self, work: Background) -> Self {
        let pools = &self.background;
        let db = match work {
            Background::Mail => &pools.mail,
            Background::Webhooks => &pools.webhooks,
            Background::Notices => &pools.notices,
            Background::Scheduled => &pools.scheduled,
        };
        Self(Arc::new(Parts { db: db.clone(), shared: Arc::clone(&self.shared) }))
    }

    /// All pools that may write.
    pub fn pools(&self) -> [&PgPool; 5] {
        let BackgroundPools { mail, webhooks, notices, scheduled } = &self.background;
        [&self.db, mail, webhooks, notices, scheduled]
    }

    /// Closes all database connections once their work has finished.
    pub async fn close_database(&self) {
        self.reads.close();
        join_all(self.pools().map(PgPool::close)).await;
    }
}

/// The state used by extractors that several features share.
macro_rules! from_ref {
    ($($field:ident: $part:ty),* $(,)?) => {
        $(impl FromRef<AppState> for $part {
            fn from_ref(state: &AppState) -> Self {
                state.$field.clone()
            }
        })*
    };
}

from_ref! { db: PgPool, config: Arc<Config>, authenticator: Authenticator }

/// What each feature uses: its own `Parts`, built from state fields of the same names.
macro_rules! parts {
    ($($parts:ty { $($field:ident),* $(,)? }),* $(,)?) => {
        $(impl FromRef<AppState> for $parts {
            fn from_ref(state: &AppState) -> Self {
                Self { $($field: state.$field.clone()),* }
            }
        })*
    };
}

parts! {
    account_deletion::Parts { db, bus, config, limiter, hasher, draining },
    announcements::Parts { db, bus, config },
    auth::Parts { db, bus, config },
    sign_in::Parts { db, reads, bus, config, limiter, hasher, off_runtime, tokens, signer },
    dashboard::Parts { db, reads, revisions },
    deliveries::Parts { db, bus },
    exports::Parts { db, bus, config, limiter, draining },
    notices::Parts { db, bus, draining },
    notifications::Parts { db, bus, config, signer, unsubscribe_keys, draining },
    projects::Parts { db, reads, revisions, bus, config, limiter, signer, draining },
    tags::Parts { db, reads, revisions, bus },
    tasks::Parts { db, reads, revisions, bus, answers, off_runtime },
    profile::Parts { db, bus },
    webhooks::Parts { db, bus, config, limiter, draining },
    mailer::Parts { db, bus, config, mail, templates, signer, unsubscribe_keys, draining },
    live::Parts { hub, db, config, draining, leaving, authenticator },
}

impl FromRef<AppState> for accounts::Parts {
    fn from_ref(state: &AppState) -> Self {
        Self {
            db: state.db.clone(),
            bus: state.bus.clone(),
            config: state.config.clone(),
            limiter: state.limiter.clone(),
            setup: state.setup.clone(),
            draining: state.draining.clone(),
            deletion: FromRef::from_ref(state),
        }
    }
}
