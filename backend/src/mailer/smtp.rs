//! The connection to the SMTP server: a pool, and the meaning of its answers.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{
        AsyncSmtpTransportBuilder, Error as SmtpError, PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParametersBuilder},
    },
};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Url;

use super::message::{self, Outgoing};
use crate::{config::MailConfig, outbox::SendError};

/// Time limit of one step of the dialogue.
const STEP_TIME: Duration = Duration::from_secs(20);
/// Time limit of a health check, and how long its result is valid.
const CHECK_TIME: Duration = Duration::from_secs(2);
const CHECK_STANDS_FOR: Duration = Duration::from_secs(15);

/// The time and result of the last health check.
type LastCheck = Arc<Mutex<Option<(Instant, bool)>>>;
type Transport = AsyncSmtpTransport<Tokio1Executor>;

pub struct Mailer {
    transport: Transport,
    config: MailConfig,
    last_check: LastCheck,
}

/// A transport for the URL, without credentials. The server's certificate must be signed by a public authority, or by the given one.
fn transport_of(url: &str, authority: Option<&Certificate>) -> anyhow::Result<AsyncSmtpTransportBuilder> {
    let builder = Transport::from_url(url)?.timeout(Some(STEP_TIME));
    let Some(authority) = authority else { return Ok(builder) };
    let url = Url::parse(url)?;
    let host = url.host_str().context("no host")?.to_owned();
    let parameters = || TlsParametersBuilder::new(host).add_root_certificate(authority.clone()).build();
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    Ok(match (url.scheme(), tls.as_deref()) {
        ("smtps", _) => builder.tls(Tls::Wrapper(parameters()?)),
        (_, Some("required")) => builder.tls(Tls::Required(parameters()?)),
        (_, Some("opportunistic")) => builder.tls(Tls::Opportunistic(parameters()?)),
        _ => builder,
    })
}

impl Mailer {
    /// Does not need the server to be available yet.
    pub fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let url = config.smtp_url.expose_secret();
        let builder = transport_of(url, config.authority.as_ref()).map_err(|_| anyhow::anyhow!("SMTP_URL"))?;
        let pool = PoolConfig::new().max_size(config.connections).idle_timeout(Duration::from_secs(30));
        let mut builder = builder.pool_config(pool);
        if let (Some(username), Some(password)) = (&config.username, &config.password) {
            builder = builder.credentials(Credentials::new(username.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), config: config.clone(), last_check: LastCheck::default() })
    }

    pub fn config(&self) -> &MailConfig {
        &self.config
    }

    pub async fn send(&self, mail: &Outgoing<'_>) -> Result<(), SendError> {
        let message = message::build(&self.config.from, mail)
            .context("the mail cannot be written")
            .map_err(|error| SendError::Permanent(format!("{error:#}")))?;
        let started = Instant::now();
        let answer = self.transport.send(message).await;
        metrics::histogram!("todo_mail_seconds").record(started.elapsed());
        answer.map(|_| ()).map_err(|error| meaning(&error))
    }

    /// Connects and authenticates like a mail would; returns the error.
    pub async fn try_connection(&self) -> Result<(), String> {
        match timeout(CHECK_TIME, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it does not answer to NOOP".to_owned()),
            Ok(Err(error)) => Err(chain(&error)),
            Err(_) => Err(format!("no answer in {} seconds", CHECK_TIME.as_secs())),
        }
    }

    /// Whether the server answers. Checked at most every few seconds, however often this is called.
    pub async fn is_reachable(&self) -> bool {
        let last = *self.last_check.lock().unwrap_or_else(PoisonError::into_inner);
        match last {
            Some((at, reachable)) if at.elapsed() < CHECK_STANDS_FOR => reachable,
            // Callers do not wait for a silent server: they get the previous result.
            Some((_, reachable)) => {
                *self.last_check.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), reachable));
                // If it does not finish, a later caller starts another.
                tokio::spawn(check(self.transport.clone(), Arc::clone(&self.last_check)));
                reachable
            }
            None => check(self.transport.clone(), Arc::clone(&self.last_check)).await,
        }
    }
}

async fn check(transport: Transport, last: LastCheck) -> bool {
    let reachable = matches!(timeout(CHECK_TIME, transport.test_connection()).await, Ok(Ok(true)));
    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), reachable));
    reachable
}

fn meaning(error: &SmtpError) -> SendError {
    let text = chain(error);
    if error.is_permanent() || error.is_client() {
        SendError::Permanent(text)
    } else if error.is_transient() {
        SendError::Temporary(text)
    } else if never_began(&text) {
        SendError::Unreachable(text)
    } else {
        SendError::Unacknowledged(text)
    }
}

/// No connection was established, so nothing was handed over.
fn never_began(text: &str) -> bool {
    text.starts_with("Connection error") || text.starts_with("tls error")
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.chars().take(500).collect()
}
