//! Webhooks do not reach the server's own network, whatever stands in the database. The forms of addresses are tested where they are
//! judged (`webhooks/guard.rs`, `address.rs`), names that change their address in `webhooks/sender.rs`.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::{
    doctor::tls_server,
    support::{Person, Receiver, TestApp, id_of},
};

async fn error_of(owner: &Person, path: &str) -> String {
    for _ in 0..400 {
        let log = owner.get(format!("{path}/deliveries")).await.expect(200);
        if let Some(error) = log["items"][0]["last_error"].as_str() {
            return error.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was tried at {path}");
}

/// A setting may have changed since a webhook was registered, so its URL is looked at with each message.
#[sqlx::test(migrator = "MIGRATOR")]
async fn target_is_checked_when_sending(db: PgPool) {
    // Only the one receiver may be reached; the other is as internal as anything.
    let allowed = [("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/32"), ("WEBHOOK_ALLOW_HTTP", "true")];
    let app = TestApp::start_with(db.clone(), &allowed).await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let port = receiver.address.port();
    let owner = app.person("Ada").await;
    let project = owner.project("Hooked").await;
    for internal in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        format!("http://2130706434:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
    ] {
        owner
            .post(format!("/projects/{project}/webhooks"), json!({ "url": internal }))
            .await
            .expect_fields(422, &["url"]);
        let made = owner.post(format!("/projects/{project}/webhooks"), json!({ "url": receiver.url("/") })).await;
        let path = format!("/projects/{project}/webhooks/{}", id_of(&made.expect(201)));
        sqlx::query("UPDATE webhooks SET url = $1 WHERE project_id = $2::uuid")
            .bind(&internal)
            .bind(&project)
            .execute(&db)
            .await
            .expect("another URL");
        owner.post(format!("{path}/test"), json!({})).await.expect(202);
        app.spawn_worker();
        assert_eq!(error_of(&owner, &path).await, "leads to an address that is not public", "{internal}");
        owner.delete(&path).await.expect(204);
    }
    assert!(receiver.all().is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_allowed_networks_are_reachable(db: PgPool) {
    let allowed = [
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8, ::1/128"),
        ("WEBHOOK_DENIED_NETWORKS", "127.0.0.2/32"),
        ("WEBHOOK_ALLOW_HTTP", "true"),
    ];
    let app = TestApp::start_with(db, &allowed).await;
    app.spawn_worker();
    let receiver = Receiver::start(async |_, _| ()).await;
    let port = receiver.address.port();
    let owner = app.person("Ada").await;
    let project = owner.project("Hooked").await;
    let register = async |url: String| owner.post(format!("/projects/{project}/webhooks"), json!({ "url": url })).await;
    register(format!("http://127.0.0.2:{port}/")).await.expect_fields(422, &["url"]);
    register("http://10.0.0.1/".to_owned()).await.expect_fields(422, &["url"]);
    // By name: the system's resolver is asked, and what it says is looked at.
    let made: Value = register(format!("http://localhost:{port}/by-name")).await.expect(201);
    owner.post(format!("/projects/{project}/webhooks/{}/test", id_of(&made)), json!({})).await.expect(202);
    receiver.at("/by-name", 1).await;
}

/// Otherwise whoever registers URLs learns which names there are inside.
#[sqlx::test(migrator = "MIGRATOR")]
async fn registering_reveals_no_dns_answer(db: PgPool) {
    let app = TestApp::start(db).await;
    let owner = app.person("Ada").await;
    let project = owner.project("Hooked").await;
    // The system's own name leads to an address inside, mostly that of this machine.
    let inside = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_else(|_| "database".to_owned());
    for name in [inside.trim(), "no-such-name.invalid", "hooks.example.org"] {
        let webhook = json!({ "url": format!("https://{name}/") });
        let made = owner.post(format!("/projects/{project}/webhooks"), webhook).await.expect(201);
        owner
            .patch(
                format!("/projects/{project}/webhooks/{}", id_of(&made)),
                json!({ "url": format!("https://{name}/x") }),
            )
            .await
            .expect(200);
    }
}

/// So does whoever reads what became of the messages.
#[sqlx::test(migrator = "MIGRATOR")]
async fn log_does_not_distinguish_internal_from_unknown_names(db: PgPool) {
    let app = TestApp::start_with(db, &[("WEBHOOK_ALLOW_HTTP", "true")]).await;
    app.spawn_worker();
    let owner = app.person("Ada").await;
    let project = owner.project("Hooked").await;
    let inside = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("the name of this machine");
    let mut told = Vec::new();
    for name in [inside.trim(), "no-such-name.invalid"] {
        assert_eq!(tokio::net::lookup_host((name, 80)).await.is_ok(), name == inside.trim(), "{name}");
        let webhook = json!({ "url": format!("http://{name}/") });
        let made = owner.post(format!("/projects/{project}/webhooks"), webhook).await.expect(201);
        let path = format!("/projects/{project}/webhooks/{}", id_of(&made));
        owner.post(format!("{path}/test"), json!({})).await.expect(202);
        error_of(&owner, &path).await;
        let log = owner.get(format!("{path}/deliveries")).await.expect(200)["items"].clone();
        let details = owner.get(format!("{path}/deliveries/{}", id_of(&log[0]))).await.expect(200);
        let tries = &details["tries"][0];
        let facts = [&tries["duration_ms"], &tries["status"], &tries["error"], &log[0]["last_error"], &log[0]["state"]];
        told.push(facts.map(Clone::clone));
    }
    assert_eq!(told[0], told[1]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn self_signed_certificate_is_refused(db: PgPool) {
    let app = TestApp::start_with(db, &[("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")]).await;
    app.spawn_worker();
    let address = tls_server(&["localhost"], -1..60).await;
    let owner = app.person("Ada").await;
    let project = owner.project("Hooked").await;
    let url = format!("https://localhost:{}/", address.port());
    let made = owner.post(format!("/projects/{project}/webhooks"), json!({ "url": url })).await.expect(201);
    let path = format!("/projects/{project}/webhooks/{}", id_of(&made));
    owner.post(format!("{path}/test"), json!({})).await.expect(202);
    let error = error_of(&owner, &path).await;
    assert!(error.contains("certificate"), "{error}");
}
