//! The configuration: typed, from the environment, checked as a whole. `.env.example` documents every variable.

mod connections;
mod database;
mod env;
mod http;
mod mail;
mod proxies;
mod quotas;
mod rate;
mod traces;
mod webhooks;

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;

pub use self::{
    connections::DEFAULT_REDIS_PREFIX,
    database::{ConnectionShares, DatabaseConfig, Role},
    env::EnvReader,
    http::HttpConfig,
    mail::MailConfig,
    proxies::TrustedProxies,
    quotas::QuotaConfig,
    rate::Rate,
    traces::TraceConfig,
    webhooks::WebhookConfig,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

#[derive(Debug, Clone)]
pub struct Config {
    pub role: Role,
    pub environment: Environment,
    pub log_format: LogFormat,
    pub log_filter: String,
    /// Folder for additional daily log files.
    pub log_dir: Option<PathBuf>,
    pub log_keep_days: usize,
    /// `None`: there are no spans.
    pub traces: Option<TraceConfig>,
    pub host: IpAddr,
    pub port: u16,
    pub public_url: Option<String>,
    pub trusted_proxies: TrustedProxies,
    /// With this token, metrics and readiness details are available to anybody; without it, only on the internal network.
    pub metrics_token: Option<SecretString>,
    pub static_dir: Option<PathBuf>,
    pub data_dir: PathBuf,
    pub postgres_bin: Option<PathBuf>,
    pub database: DatabaseConfig,
    pub redis_url: Option<SecretString>,
    /// Prefix of every name in Redis.
    pub redis_prefix: String,
    /// Read again for each new connection, so that the password can be rotated.
    pub redis_password_file: Option<PathBuf>,
    pub mail: Option<MailConfig>,
    pub webhooks: WebhookConfig,
    /// How long a worker holds its claims of the outbox before others take them.
    pub delivery_lease: Duration,
    /// Poll interval of the outbox; the maximum delay if a wake-up is lost.
    pub delivery_poll: Duration,
    pub auth: AuthConfig,
    pub limits: Limits,
    pub quotas: QuotaConfig,
    pub live: LiveConfig,
    pub retention: Retention,
    pub doctor: DoctorConfig,
    pub http: HttpConfig,
    pub request_timeout: Duration,
    /// How long a stopping server keeps serving, so that load balancers can switch.
    pub drain_time: Duration,
    pub shutdown_timeout: Duration,
    /// The build's revision, shown for a running server.
    pub revision: Option<String>,
}

#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// `None` only in the embedded default, which creates and keeps one under `data_dir`.
    pub jwt_secret: Option<SecretString>,
    /// Previous secrets: they sign nothing new, and tokens signed with them are accepted.
    pub old_jwt_secrets: Vec<SecretString>,
    pub access_token_ttl: Duration,
    pub session_ttl: Duration,
    /// The maximum age of a session.
    pub session_max: Duration,
    pub secure_cookie: bool,
    pub registration_open: bool,
    pub password_min_length: usize,
    /// Concurrent hashes; each takes 19 MiB (OWASP's Argon2id parameters).
    pub hash_concurrency: usize,
    /// Sign-ins that may wait for a hash before further ones get 429.
    pub hash_queue: usize,
}

#[derive(Debug, Clone)]
pub struct Limits {
    pub login_per_account: Rate,
    pub login_per_address: Rate,
    pub register_per_address: Rate,
    /// Refreshes with an unknown token; successful ones are limited per session.
    pub refresh_per_address: Rate,
    pub refresh_per_session: Rate,
    pub requests_per_user: Rate,
    /// Requests in progress, plus unread answers.
    pub requests_at_once_per_user: u32,
    /// Requests being processed; 0: half of the database connections.
    pub requests_running_per_user: u32,
    pub invite_per_user: Rate,
    pub invite_per_recipient: Rate,
    pub reset_per_account: Rate,
    pub reset_per_address: Rate,
    pub webhook_sends_per_user: Rate,
    pub exports_per_user: Rate,
    pub max_body_bytes: usize,
}

#[derive(Debug, Clone)]
pub struct LiveConfig {
    pub max_sockets: usize,
    pub max_sockets_per_user: usize,
    /// How many missed events a client gets individually; beyond that it reloads.
    pub max_catch_up: i64,
    pub ping_interval: Duration,
}

/// Settings for the system check.
#[derive(Debug, Clone)]
pub struct DoctorConfig {
    /// The status file of the backup service.
    pub backup_status_file: Option<PathBuf>,
    /// `host:port` of the proxy with the certificate, if the public name does not lead there from here.
    pub certificate_check_address: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Retention {
    pub events: Duration,
    pub trash: Duration,
    pub notifications: Duration,
    /// Bodies of delivered webhook messages.
    pub webhook_bodies: Duration,
    /// The grace period of an account deletion.
    pub account_deletion: Duration,
}

/// All problems of the environment, by name.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s) (see .env.example):", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

const DAY: u64 = 24 * 60 * 60;

impl Config {
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(&|name| std::env::var(name).ok())
    }

    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut env = EnvReader::new(lookup);
        let environment = env.choice(
            "APP_ENV",
            Environment::Development,
            &[("development", Environment::Development), ("production", Environment::Production)],
        );
        let production = environment == Environment::Production;
        let log_format = env.choice(
            "LOG_FORMAT",
            if production { LogFormat::Json } else { LogFormat::Pretty },
            &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)],
        );
        let log_filter = log_filter(&mut env);
        let database = connections::database(&mut env, production);
        let redis_url = connections::redis_url(&mut env, production);
        let redis_prefix = connections::redis_prefix(&mut env);
        let redis_password_file = env.file_of("REDIS_PASSWORD");
        let embedded = database.url.is_none();
        let default_host = if embedded { IpAddr::from([127, 0, 0, 1]) } else { IpAddr::from([0, 0, 0, 0]) };
        let public_url = public_url(&mut env);
        let config = Self {
            role: Role::Server,
            environment,
            log_format,
            log_filter,
            log_dir: env.text("LOG_DIR").map(PathBuf::from),
            log_keep_days: env.number("LOG_KEEP_DAYS", 14, 1, 3650),
            traces: traces::read(&mut env),
            host: env.or("HOST", default_host, "an IP address"),
            port: env.number("PORT", 8000, 0, u16::MAX),
            trusted_proxies: proxies::read(&mut env),
            metrics_token: metrics_token(&mut env, production),
            static_dir: env.text("STATIC_DIR").map(PathBuf::from),
            data_dir: env.text("DATA_DIR").map_or_else(|| PathBuf::from("data"), PathBuf::from),
            postgres_bin: env.text("POSTGRES_BIN").map(PathBuf::from),
            database,
            redis_url,
            redis_prefix,
            redis_password_file,
            mail: mail::read(&mut env),
            webhooks: webhooks::read(&mut env),
            delivery_lease: Duration::from_secs(env.number("DELIVERY_LEASE_SECONDS", 120, 4, 3600)),
            delivery_poll: Duration::from_secs(env.number("DELIVERY_POLL_SECONDS", 2, 1, 3600)),
            auth: auth(&mut env, production, embedded, public_url.as_deref()),
            limits: limits(&mut env),
            quotas: quotas::read(&mut env),
            live: LiveConfig {
                max_sockets: env.number("WS_MAX_CONNECTIONS", 20_000, 1, 1_000_000),
                max_sockets_per_user: env.number("WS_MAX_CONNECTIONS_PER_USER", 50, 1, 1_000_000),
                max_catch_up: env.number("WS_MAX_CATCH_UP", 1000, 1, 100_000),
                ping_interval: Duration::from_secs(env.number("WS_PING_SECONDS", 25, 1, 300)),
            },
            retention: Retention {
                events: Duration::from_secs(DAY * env.number("EVENT_RETENTION_DAYS", 30, 1, 3650)),
                trash: Duration::from_secs(DAY * env.number("TRASH_RETENTION_DAYS", 30, 1, 3650)),
                notifications: Duration::from_secs(DAY * env.number("NOTIFICATION_RETENTION_DAYS", 180, 1, 3650)),
                webhook_bodies: Duration::from_secs(DAY * env.number("WEBHOOK_BODY_RETENTION_DAYS", 7, 1, 3650)),
                account_deletion: Duration::from_secs(DAY * env.number("ACCOUNT_DELETION_DAYS", 14, 1, 365)),
            },
            doctor: DoctorConfig {
                backup_status_file: env.text("BACKUP_STATUS_FILE").map(PathBuf::from),
                certificate_check_address: env.text("CERTIFICATE_CHECK_ADDRESS"),
            },
            http: http::read(&mut env),
            request_timeout: Duration::from_secs(env.number("REQUEST_TIMEOUT_SECONDS", 30, 1, 600)),
            drain_time: Duration::from_secs(env.number("DRAIN_SECONDS", 0, 0, 600)),
            revision: env.text("REVISION"),
            shutdown_timeout: Duration::from_secs(env.number("SHUTDOWN_TIMEOUT_SECONDS", 25, 1, 600)),
            public_url,
        };
        if env.problems.is_empty() { Ok(config) } else { Err(ConfigError(env.problems)) }
    }

    pub fn is_embedded(&self) -> bool {
        self.database.url.is_none()
    }

    /// The base of links in mails.
    pub fn page_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://localhost:{}", self.port))
    }

    /// The port in the public URL; `None` if it is the default.
    pub fn public_port(&self) -> Option<u16> {
        url::Url::parse(&self.page_url()).ok()?.port()
    }
}

fn log_filter(env: &mut EnvReader<'_>) -> String {
    let filter = env.text("LOG_LEVEL").unwrap_or_else(|| "info,sqlx::postgres::notice=warn".to_owned());
    if EnvFilter::try_new(&filter).is_err() {
        env.problem("LOG_LEVEL", format_args!("{filter:?} is not a filter such as info,todo=debug"));
    }
    filter
}

/// It must be long, because it is compared with untrusted input.
fn metrics_token(env: &mut EnvReader<'_>, production: bool) -> Option<SecretString> {
    let token = env.secret("METRICS_TOKEN")?;
    if token.expose_secret().len() < 16 {
        env.problem("METRICS_TOKEN", "must have 16 characters at least (try: openssl rand -hex 32)");
    } else if production {
        env.refuse_weak("METRICS_TOKEN", token.expose_secret());
    }
    Some(token)
}

fn public_url(env: &mut EnvReader<'_>) -> Option<String> {
    let url = env.text("PUBLIC_URL")?;
    let uri = url.parse::<axum::http::Uri>().ok();
    let valid = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some() && uri.path() == "/"
    });
    if !valid {
        env.problem("PUBLIC_URL", format_args!("{url:?} is not an address such as https://todo.example.org"));
        return None;
    }
    Some(url.trim_end_matches('/').to_owned())
}

fn auth(env: &mut EnvReader<'_>, production: bool, embedded: bool, public_url: Option<&str>) -> AuthConfig {
    let jwt_secret = env.secret("JWT_SECRET");
    match &jwt_secret {
        Some(secret) => {
            let value = secret.expose_secret();
            if value.len() < 32 {
                env.problem("JWT_SECRET", "must have at least 32 characters (try: openssl rand -hex 32)");
            } else if production {
                env.refuse_weak("JWT_SECRET", value);
            }
        }
        None if !embedded => {
            env.problem("JWT_SECRET", "must be set together with DATABASE_URL (try: openssl rand -hex 32)")
        }
        None => {}
    }
    let https = public_url.is_some_and(|url| url.starts_with("https:"));
    if production && public_url.is_none() {
        env.problem("PUBLIC_URL", "must be set in production, such as https://todo.example.org");
    }
    let secure_cookie = env.or("COOKIE_SECURE", https, "true or false");
    if production && https && !secure_cookie {
        env.problem("COOKIE_SECURE", "must not be false in production with an https PUBLIC_URL");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    AuthConfig {
        jwt_secret,
        old_jwt_secrets: old_jwt_secrets(env),
        access_token_ttl: Duration::from_secs(env.number("ACCESS_TOKEN_SECONDS", 900, 1, 86_400)),
        session_ttl: Duration::from_secs(DAY * env.number("SESSION_DAYS", 30, 1, 3650)),
        session_max: Duration::from_secs(DAY * env.number("SESSION_MAX_DAYS", 90, 1, 3650)),
        secure_cookie,
        registration_open: env.or("REGISTRATION_OPEN", true, "true or false"),
        password_min_length: env.number("PASSWORD_MIN_LENGTH", 8, 8, 64),
        hash_concurrency: env.number("PASSWORD_HASH_CONCURRENCY", cores, 1, 256),
        hash_queue: env.number("PASSWORD_HASH_QUEUE", 32, 0, 10_000),
    }
}

/// Separated by blanks, commas or line breaks.
fn old_jwt_secrets(env: &mut EnvReader<'_>) -> Vec<SecretString> {
    let text = env.text("JWT_SECRET_OLD").unwrap_or_default();
    let separator = |one: char| one == ',' || one.is_whitespace();
    let secrets: Vec<&str> = text.split(separator).filter(|secret| !secret.is_empty()).collect();
    if secrets.iter().any(|secret| secret.len() < 32) {
        env.problem("JWT_SECRET_OLD", "must be a list of secrets with at least 32 characters each");
    }
    secrets.into_iter().map(SecretString::from).collect()
}

fn limits(env: &mut EnvReader<'_>) -> Limits {
    let expected = "a rate such as 10/15m (a count, a slash, and a window in s, m, h or d), or off";
    let mut rate = |name, default: &str| {
        let default = default.parse().unwrap_or(Rate::UNLIMITED);
        env.or(name, default, expected)
    };
    Limits {
        login_per_account: rate("RATE_LIMIT_LOGIN_PER_ACCOUNT", "10/15m"),
        login_per_address: rate("RATE_LIMIT_LOGIN_PER_ADDRESS", "60/15m"),
        register_per_address: rate("RATE_LIMIT_REGISTER_PER_ADDRESS", "20/1h"),
        refresh_per_address: rate("RATE_LIMIT_REFRESH_PER_ADDRESS", "300/15m"),
        refresh_per_session: rate("RATE_LIMIT_REFRESH_PER_SESSION", "150/15m"),
        requests_per_user: rate("RATE_LIMIT_REQUESTS_PER_USER", "3000/1m"),
        invite_per_user: rate("RATE_LIMIT_INVITE_PER_USER", "60/1h"),
        invite_per_recipient: rate("RATE_LIMIT_INVITE_PER_RECIPIENT", "5/1d"),
        reset_per_account: rate("RATE_LIMIT_RESET_PER_ACCOUNT", "5/1h"),
        reset_per_address: rate("RATE_LIMIT_RESET_PER_ADDRESS", "30/1h"),
        webhook_sends_per_user: rate("RATE_LIMIT_WEBHOOK_SENDS_PER_USER", "60/10m"),
        exports_per_user: rate("RATE_LIMIT_EXPORTS_PER_USER", "5/1d"),
        requests_at_once_per_user: env.number("REQUESTS_AT_ONCE_PER_USER", 32, 1, 100_000),
        requests_running_per_user: env.number("REQUESTS_RUNNING_PER_USER", 0, 0, 100_000),
        max_body_bytes: env.number("MAX_BODY_BYTES", 1_048_576, 65_536, 104_857_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_empty_environment_is_the_embedded_default() {
        let config = config(&[]).expect("no variable is needed");
        assert!(config.is_embedded());
        assert_eq!(config.port, 8000);
        assert_eq!(config.host, IpAddr::from([127, 0, 0, 1]));
    }

    #[test]
    fn every_problem_is_reported_at_once_and_by_name() {
        let error = config(&[
            ("PORT", "99999"),
            ("LOG_FORMAT", "xml"),
            ("DATABASE_URL", "mysql://u:hunter22@h/d"),
            ("JWT_SECRET", "short"),
            ("RATE_LIMIT_LOGIN_PER_ACCOUNT", "often"),
            ("LOG_LEVEL", "info,todo=loud"),
            ("SESSION_DAYS", "abc"),
        ])
        .expect_err("seven values are wrong");
        let names: Vec<_> = error.0.iter().filter_map(|problem| problem.split(':').next()).collect();
        let [auth, limits] = [["JWT_SECRET", "SESSION_DAYS"].as_slice(), &["RATE_LIMIT_LOGIN_PER_ACCOUNT"]];
        assert_eq!(names, [&["LOG_FORMAT", "LOG_LEVEL", "DATABASE_URL", "PORT"], auth, limits].concat());
        assert!(!error.to_string().contains("hunter22"), "a password must not reach the message");
    }

    #[test]
    fn the_example_lists_every_variable_and_no_other() {
        let read = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let config = Config::from_lookup(&|name| {
            let mut read = read.borrow_mut();
            let is_secret_file = name.strip_suffix("_FILE").is_some_and(|variable| read.contains(variable));
            if !is_secret_file {
                read.insert(name.to_owned());
            }
            None
        });
        config.expect("the defaults are valid");
        let example = include_str!("../../../.env.example");
        let listed: std::collections::BTreeSet<_> = example
            .lines()
            .filter_map(|line| Some(line.split_once('=')?.0.to_owned()))
            .filter(|name| !name.starts_with('#'))
            .collect();
        assert_eq!(listed, read.into_inner());
    }

    #[test]
    fn the_example_is_a_valid_configuration() {
        let example = include_str!("../../../.env.example");
        let variables: Vec<_> =
            example.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect();
        config(&variables).expect("the values of the example are valid");
    }

    #[test]
    fn production_refuses_weak_secrets() {
        let base = [
            ("APP_ENV", "production"),
            ("DATABASE_URL", "postgres://todo:9f86d081884c7d659a2feaa0@h/d"),
            ("PUBLIC_URL", "https://todo.example.org"),
        ];
        for weak in ["change-me-change-me-change-me-change-me", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            let error = config(&[&base[..], &[("JWT_SECRET", weak)]].concat()).expect_err(weak);
            assert!(error.0[0].starts_with("JWT_SECRET"), "{error}");
        }
        let strong = [("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")];
        let config = config(&[&base[..], &strong].concat()).expect("a strong secret is accepted");
        assert!(config.auth.secure_cookie);
    }
}
