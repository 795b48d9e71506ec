//! Whoever guesses passwords is slowed down, and does not keep the owner of the account out.

use std::time::Duration;

use reqwest::Client;
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Answer, PASSWORD, Person, TestApp};

const ATTACKER: &str = "203.0.113.7";
const NEIGHBOUR: &str = "203.0.113.200";
const ELSEWHERE: &str = "192.0.2.1";

/// Limits are counted in Redis, or in the process.
fn redis_urls() -> [String; 2] {
    [std::env::var("REDIS_URL").expect("REDIS_URL"), String::new()]
}

async fn start(db: &PgPool, redis_url: &str) -> TestApp {
    let variables = [("TRUSTED_PROXIES", "1"), ("RATE_LIMIT_LOGIN_PER_ACCOUNT", "3/1d"), ("REDIS_URL", redis_url)];
    TestApp::start_with(db.clone(), &variables).await
}

/// A device of its own, unless it is the person's.
fn unknown() -> Client {
    Client::builder().cookie_store(true).build().expect("a client")
}

#[derive(Clone, Copy)]
enum Way {
    Page,
    Token,
}

impl Way {
    async fn sign_in(self, app: &TestApp, client: &Client, from: &str, email: &str, password: &str) -> Answer {
        let request = match self {
            Self::Page => {
                client.post(app.url("/api/v1/auth/login")).json(&json!({ "email": email, "password": password }))
            }
            Self::Token => {
                let form = [("grant_type", "password"), ("username", email), ("password", password)];
                client.post(app.url("/api/v1/auth/token")).form(&form)
            }
        };
        Answer::read(request.header("x-forwarded-for", from)).await
    }

    fn refusal(self) -> u16 {
        match self {
            Self::Page => 401,
            Self::Token => 400,
        }
    }
}

fn seconds(refused: &Answer) -> u64 {
    refused.header("retry-after").parse().expect("seconds")
}

async fn guess_and_be_the_owner(app: &TestApp, ann: &Person, way: Way) {
    let attacker = unknown();
    for _ in 0..3 {
        let wrong = way.sign_in(app, &attacker, ATTACKER, &ann.email, "a guess").await;
        wrong.expect(way.refusal());
    }
    for from in [ATTACKER, NEIGHBOUR] {
        let refused = way.sign_in(app, &attacker, from, &ann.email, PASSWORD).await;
        assert!(seconds(&refused) > 5, "the attacker's network waits for long");
        refused.expect(429);
    }
    // From the same network even.
    way.sign_in(app, &ann.client, NEIGHBOUR, &ann.email, PASSWORD).await.expect(200);

    // Guesses from other networks wait for seconds, each for itself, and so does the owner.
    for network in 1..5 {
        let refused = way.sign_in(app, &attacker, &format!("198.18.{network}.1"), &ann.email, "a guess").await;
        assert!(seconds(&refused) <= 5);
        refused.expect(429);
    }
    let elsewhere = unknown();
    let refused = way.sign_in(app, &elsewhere, ELSEWHERE, &ann.email, PASSWORD).await;
    let wait = seconds(&refused);
    refused.expect(429);
    assert!(wait <= 5, "{wait} seconds");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    way.sign_in(app, &elsewhere, ELSEWHERE, &ann.email, PASSWORD).await.expect(200);
    // And is known from now on.
    way.sign_in(app, &elsewhere, ATTACKER, &ann.email, PASSWORD).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn password_guessing_does_not_lock_out_the_owner(db: PgPool) {
    for redis_url in redis_urls() {
        let app = start(&db, &redis_url).await;
        // Counts in Redis are shared by all tests: each account has an address of its own.
        for way in [Way::Page, Way::Token] {
            let email = format!("{}@example.org", uuid::Uuid::now_v7());
            let body = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
            let ann = Person::register(&app, body).await;
            guess_and_be_the_owner(&app, &ann, way).await;
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn known_devices_have_their_own_limit(db: PgPool) {
    for redis_url in redis_urls() {
        let app = start(&db, &redis_url).await;
        let email = format!("{}@example.org", uuid::Uuid::now_v7());
        let body = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
        let ann = Person::register(&app, body).await;
        for _ in 0..8 {
            Way::Page.sign_in(&app, &unknown(), ELSEWHERE, &email, PASSWORD).await.expect(200);
        }
        for _ in 0..3 {
            Way::Page.sign_in(&app, &ann.client, ELSEWHERE, &email, "mistyped").await.expect(401);
        }
        Way::Page.sign_in(&app, &ann.client, ELSEWHERE, &email, PASSWORD).await.expect(429);
        // Nobody else is concerned.
        for _ in 0..3 {
            Way::Page.sign_in(&app, &unknown(), ELSEWHERE, &email, "mistyped").await.expect(401);
        }
        Way::Page.sign_in(&app, &unknown(), ELSEWHERE, &email, PASSWORD).await.expect(429);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn forged_device_cookie_is_not_trusted(db: PgPool) {
    let app = start(&db, "").await;
    let (ann, eve) = (app.person("Ann").await, app.person("Eve").await);
    for _ in 0..3 {
        Way::Page.sign_in(&app, &unknown(), ATTACKER, &ann.email, "a guess").await.expect(401);
    }
    // With a cookie that the server has made, for somebody else.
    Way::Page.sign_in(&app, &eve.client, ATTACKER, &ann.email, "a guess").await.expect(429);
    Way::Page.sign_in(&app, &eve.client, ATTACKER, &eve.email, PASSWORD).await.expect(200);
}
