//! A server of its own for each test, and people who use it.

mod mail_server;
mod marks;
mod notified;
mod person;
mod receiver;
mod settled;
mod timed;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use axum::extract::FromRef;
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{config::Config, server, state::AppState};

pub use mail_server::{Mail, MailServer, Tls};
pub use marks::columns_with;
pub use notified::{notices, two_who_share};
pub use person::{Person, id_of, texts};
pub use receiver::{Received, Receiver};
pub use settled::settle;
pub use timed::{mails_of_kind, notified, queued};

pub const PASSWORD: &str = "seven quiet lanterns";
const SECRET: &str = "a-secret-for-tests-only-0123456789abcdef";

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn read(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, headers, body }
    }

    /// The body, when the status is the one expected.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// The names of the fields that a problem document complains of.
    #[track_caller]
    pub fn expect_fields(self, status: u16, fields: &[&str]) {
        let body = self.expect(status);
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let mut named: Vec<_> = errors.iter().filter_map(|error| error["field"].as_str()).collect();
        let mut expected = fields.to_vec();
        named.sort_unstable();
        expected.sort_unstable();
        assert_eq!(named, expected, "{body:#}");
    }

    /// The cookie of this name that is set, with its attributes; empty when none is.
    pub fn cookie(&self, name: &str) -> &str {
        let set = self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let mut named = set.filter(|cookie| cookie.split_once('=').is_some_and(|(of, _)| of == name));
        named.next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A running server on a database of its own.
pub struct TestApp {
    pub address: SocketAddr,
    pub state: AppState,
    counter: AtomicU32,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.state.draining.cancel();
    }
}

impl TestApp {
    pub async fn start(db: PgPool) -> Self {
        Self::start_with(db, &[]).await
    }

    /// With some variables of the environment set.
    pub async fn start_with(db: PgPool, variables: &[(&str, &str)]) -> Self {
        let app = Self::start_untold(db, variables).await;
        todo::cli::background::start_notices(&app.state);
        app
    }

    /// Nobody is told of changes before [`settle`], which [`Person`] calls after a change.
    pub async fn start_untold(db: PgPool, variables: &[(&str, &str)]) -> Self {
        let defaults = [
            ("DATABASE_URL", "postgres://test.invalid/todo"),
            ("JWT_SECRET", SECRET),
            ("RATE_LIMIT_REGISTER_PER_ADDRESS", "off"),
            ("RATE_LIMIT_LOGIN_PER_ADDRESS", "off"),
            ("PASSWORD_HASH_QUEUE", "1000"),
        ];
        let variables: HashMap<&str, &str> = defaults.into_iter().chain(variables.iter().copied()).collect();
        let config = Config::from_lookup(&|name| variables.get(name).map(|value| (*value).to_owned()));
        let config = config.expect("a valid configuration");
        todo::telemetry::start_metrics().expect("metrics");
        let secret = config.auth.jwt_secret.clone().expect("a secret");
        let state = AppState::new(config, db, &secret).expect("a state");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(server::serve(state.clone(), listener));
        Self { address, state, counter: AtomicU32::new(0) }
    }

    /// With mail, and a worker that sends it until the server drains.
    pub async fn start_with_mail(db: PgPool, mail: &MailServer, variables: &[(&str, &str)]) -> Self {
        let url = mail.url();
        let app = Self::start_with(db, &[&[("SMTP_URL", url.as_str())], variables].concat()).await;
        app.spawn_worker();
        app
    }

    pub fn spawn_worker(&self) {
        let (supervisor, draining) = (&self.state.supervisor, self.state.draining.clone());
        todo::cli::background::start_deliveries(&self.state);
        todo::announcements::worker::start(self.parts(), supervisor, draining);
        todo::projects::invitations::notify::start(self.parts(), supervisor);
    }

    /// What a feature takes of the state.
    pub fn parts<P: FromRef<AppState>>(&self) -> P {
        P::from_ref(&self.state)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request of nobody.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        reqwest::Client::new().request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::read(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::read(self.request(Method::POST, path).json(&body)).await
    }

    /// Somebody with an account, signed in.
    pub async fn person(&self, name: &str) -> Person {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let email = format!("{}{number}@example.org", name.to_lowercase());
        let body = json!({ "email": email, "password": PASSWORD, "name": name });
        Person::register(self, body).await
    }
}

/// Somebody who looks after the installation.
pub async fn administrator(app: &TestApp) -> Person {
    let root = app.person("Root").await;
    let promote = sqlx::query("UPDATE users SET is_admin = true WHERE email = $1").bind(&root.email);
    promote.execute(&app.state.db).await.expect("an administrator");
    root
}

/// Takes the schema away: a new database has that of the template, which may be the present one (`scripts/test-backend.sh`).
pub async fn without_schema(db: &PgPool) {
    sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(db).await.expect("an empty database");
}

/// Waits until it holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}
