//! One attempt to send a message to a webhook over HTTP.

use std::{
    error::Error,
    iter,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

use super::{
    guard::{Guard, LeadsNowhere},
    queue::Target,
};
use crate::outbox::{SendError, store::Claimed};

const CONNECT_TIME: Duration = Duration::from_secs(5);
/// The specification recommends 15 to 30 seconds.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// Kept open for the next message to the same receiver.
const IDLE_TIME: Duration = Duration::from_secs(10);
/// How much of an answer is read and kept.
const EXCERPT_BYTES: usize = 1024;
/// The longest pause that a receiver may request.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(12 * 3600);

/// The result of an attempt.
pub struct Attempt {
    pub at: DateTime<Utc>,
    pub duration: Duration,
    pub status: Option<u16>,
    pub response_excerpt: Option<String>,
    pub outcome: Outcome,
}

pub enum Outcome {
    Taken,
    Failed { error: SendError, retry_after: Option<Duration> },
}

pub struct Sender {
    client: Client,
    guard: Guard,
}

impl Sender {
    pub fn new(guard: Guard) -> anyhow::Result<Self> {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            // A proxy or a redirect would lead to an unchecked address.
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(guard.resolver())
            .connect_timeout(CONNECT_TIME)
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(1)
            .user_agent(concat!("TodoListPlus/", env!("CARGO_PKG_VERSION"), " (webhooks)"))
            .build()?;
        Ok(Self { client, guard })
    }

    /// Takes at most `within`.
    pub async fn send(&self, target: &Target, message: &Claimed, body: &str, within: Duration) -> Attempt {
        let (at, started) = (Utc::now(), Instant::now());
        let (status, response_excerpt, outcome) =
            match self.post(target, message, body, at, within.min(ANSWER_TIME)).await {
                Ok(mut response) => {
                    let excerpt = excerpt(&mut response).await;
                    (Some(response.status().as_u16()), excerpt, meaning(&response, at))
                }
                Err(error) => (None, None, Outcome::Failed { error, retry_after: None }),
            };
        metrics::histogram!("todo_webhook_seconds").record(started.elapsed());
        let duration = if leads_nowhere(&outcome) { Duration::ZERO } else { started.elapsed() };
        Attempt { at, duration, status, response_excerpt, outcome }
    }

    async fn post(
        &self,
        target: &Target,
        message: &Claimed,
        body: &str,
        at: DateTime<Utc>,
        within: Duration,
    ) -> Result<Response, SendError> {
        // A literal address is never resolved, so it is checked here.
        let url: Url = self.guard.check(&target.url).map_err(|refusal| SendError::Temporary(refusal.to_string()))?;
        let unwritable = |error: String| SendError::Permanent(format!("the message cannot be written: {error}"));
        let (id, timestamp) = (message.id.to_string(), at.timestamp());
        let secrets = [Some(&target.secret), target.old_secret.as_ref()];
        let signatures: Result<Vec<_>, _> =
            secrets.into_iter().flatten().map(|secret| secret.sign(&id, timestamp, body)).collect();
        let signatures = signatures.map_err(|error| unwritable(error.to_string()))?;
        let request = self
            .client
            .post(url)
            .timeout(within)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_ID, id)
            .header(HEADER_WEBHOOK_TIMESTAMP, timestamp)
            .header(HEADER_WEBHOOK_SIGNATURE, signatures.join(" "))
            .body(body.to_owned());
        request.send().await.map_err(failure)
    }
}

fn leads_nowhere(outcome: &Outcome) -> bool {
    let Outcome::Failed { error: SendError::Unreachable(text), .. } = outcome else { return false };
    *text == LeadsNowhere.to_string()
}

fn failure(error: reqwest::Error) -> SendError {
    if iter::successors(error.source(), |&cause| cause.source()).any(|cause| cause.is::<LeadsNowhere>()) {
        return SendError::Unreachable(LeadsNowhere.to_string());
    }
    let (unwritable, never_began, timed_out) = (error.is_builder(), error.is_connect(), error.is_timeout());
    let text = format!("{:#}", anyhow::Error::new(error.without_url()));
    let text = text.chars().take(500).collect();
    if unwritable {
        SendError::Permanent(format!("the message cannot be written: {text}"))
    } else if never_began {
        SendError::Unreachable(text)
    } else if timed_out {
        SendError::Unacknowledged("the receiver took too long".to_owned())
    } else {
        SendError::Unacknowledged(text)
    }
}

/// The meaning of answers according to the specification ("Delivery success and failure").
fn meaning(response: &Response, now: DateTime<Utc>) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome::Taken;
    }
    if status == StatusCode::GONE {
        let error = SendError::Permanent("the receiver wants no more messages (410 Gone)".to_owned());
        return Outcome::Failed { error, retry_after: None };
    }
    let hint = if status.is_redirection() { "; redirects are not followed" } else { "" };
    let error = SendError::Temporary(format!("the receiver answered {status}{hint}"));
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Outcome::Failed { error, retry_after: retry_after.and_then(|text| pause_of(text, now)) }
}

/// `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3).
fn pause_of(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let pause = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(text.trim()).ok()?.to_utc() - now).to_std().unwrap_or_default(),
    };
    Some(pause.min(LONGEST_RETRY_AFTER))
}

/// The start of the body, as text that PostgreSQL can store.
async fn excerpt(response: &mut Response) -> Option<String> {
    let mut bytes = Vec::new();
    while bytes.len() < EXCERPT_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(EXCERPT_BYTES - bytes.len())]);
    }
    let text = String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use futures_util::FutureExt;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::{config::WebhookConfig, id::Id, webhooks::secret::Secret};

    #[test]
    fn retry_after_is_seconds_or_a_date_and_has_a_limit() {
        let now = "2026-11-23T08:00:00Z".parse().expect("an instant");
        assert_eq!(pause_of("120", now), Some(Duration::from_secs(120)));
        assert_eq!(pause_of("Mon, 23 Nov 2026 08:05:00 GMT", now), Some(Duration::from_secs(300)));
        assert_eq!(pause_of("Mon, 23 Nov 2026 07:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(pause_of("99999999999", now), Some(LONGEST_RETRY_AFTER));
        for nonsense in ["", "soon", "-5", "1.5"] {
            assert_eq!(pause_of(nonsense, now), None, "{nonsense:?}");
        }
    }
    /// Sends to a name that resolves to `addresses`, in turn.
    async fn send_to(allowed: &str, url: &str, addresses: Vec<SocketAddr>) -> Attempt {
        let turn = Arc::new(std::sync::Mutex::new(addresses.into_iter().cycle()));
        let guard = Guard::with_lookup(
            WebhookConfig {
                allowed_networks: vec![allowed.parse().expect("a network")],
                denied_networks: Vec::new(),
                allow_http: true,
                connections: 1,
                max_waiting: 0,
            },
            Arc::new(move |_| {
                let address = turn.lock().expect("not poisoned").next();
                async move { Ok(address.into_iter().collect()) }.boxed()
            }),
        );
        let target = Target {
            url: url.to_owned(),
            secret: Secret::random(),
            old_secret: None,
            is_active: true,
            disabled_reason: None,
            project_is_deleted: false,
            owner_is_disabled: false,
            failing_since: None,
        };
        let message = Claimed {
            id: Id::new(),
            claim: Id::new(),
            recipient: String::new(),
            kind: "webhook.test".to_owned(),
            user_id: None,
            payload: json!({}),
            attempts: 0,
            created_at: Utc::now(),
            retried_at: None,
            answer_was_lost: false,
            unfinished_claims: 1,
        };
        Sender::new(guard).expect("a sender").send(&target, &message, "{}", Duration::from_secs(2)).await
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_by_now_is_not_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://hooks.example.org:{}/", address.port());
        for inside in ["127.0.0.1:0", "[::ffff:127.0.0.1]:0", "[::1]:0", "169.254.169.254:0"] {
            let attempt = send_to("10.0.0.0/8", &url, vec![inside.parse().expect("an address")]).await;
            let Outcome::Failed { error: SendError::Unreachable(error), .. } = attempt.outcome else {
                panic!("{inside} was reached")
            };
            assert_eq!(error, LeadsNowhere.to_string());
        }
        assert!(listener.accept().now_or_never().is_none(), "nobody has come");
        // The same name with an allowed network: it is reached.
        let sent = tokio::spawn(async move { send_to("127.0.0.0/8", &url, vec![address]).await });
        tokio::time::timeout(Duration::from_secs(5), listener.accept()).await.expect("in time").expect("a connection");
        sent.await.expect("an attempt");
    }
}
