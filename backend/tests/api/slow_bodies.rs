//! Bodies that come slowly: what counts is who may do what when the last byte is there, and nothing is held meanwhile.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Person, TestApp, administrator, id_of, until};

/// A request of which all but the end was sent.
struct Slow {
    connection: TcpStream,
    rest: String,
}

impl Slow {
    async fn begin(app: &TestApp, person: &Person, method: Method, path: &str, body: &Value) -> Self {
        let body = body.to_string();
        let (first, rest) = body.split_at(3);
        let mut connection = TcpStream::connect(app.address).await.expect("a connection");
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: todo\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{first}",
            person.token,
            body.len(),
        );
        connection.write_all(head.as_bytes()).await.expect("sent");
        Self { connection, rest: rest.to_owned() }
    }

    /// Sends the rest and gives the status.
    async fn end(mut self) -> u16 {
        self.connection.write_all(self.rest.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        self.connection.read_to_string(&mut answer).await.expect("an answer");
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn session_is_checked_after_the_body_is_read(db: PgPool) {
    let app = TestApp::start(db).await;
    let admin = administrator(&app).await;
    let (lin, ada) = (app.person("Lin").await, app.person("Ada").await);
    let project = lin.project("Own").await;
    let webhooks = format!("/projects/{project}/webhooks");
    let url = json!({ "url": "https://hooks.example.org/" });
    let webhook = Slow::begin(&app, &lin, Method::POST, &webhooks, &url).await;
    let task = Slow::begin(&app, &lin, Method::POST, "/tasks", &json!({ "title": "Late" })).await;
    let name = Slow::begin(&app, &ada, Method::PATCH, "/users/me", &json!({ "name": "Late" })).await;
    // They have arrived as far as they were sent.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    admin.post(format!("/admin/accounts/{}/disable", lin.id), json!({})).await.expect(200);
    ada.sign_in_again(crate::support::PASSWORD).await.post("/auth/sessions/end-others", json!({})).await.expect(200);
    assert_eq!([webhook.end().await, task.end().await, name.end().await], [401; 3]);
    admin.post(format!("/admin/accounts/{}/enable", lin.id), json!({})).await.expect(200);
    let lin = lin.sign_in_again(crate::support::PASSWORD).await;
    assert_eq!(lin.get(webhooks).await.expect(200)["items"], json!([]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn webhook_of_a_disabled_account_never_sends(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let admin = administrator(&app).await;
    let (lin, ada) = (app.person("Lin").await, app.person("Ada").await);
    let project = lin.project("Shared").await;
    lin.add_member(&project, &ada, "editor").await;
    let url = json!({ "url": "https://hooks.example.org/" });
    id_of(&lin.post(format!("/projects/{project}/webhooks"), url).await.expect(201));
    ada.task(json!({ "project_id": project })).await;
    admin.post(format!("/admin/accounts/{}/disable", lin.id), json!({})).await.expect(200);
    sqlx::query("UPDATE webhooks SET is_active = true").execute(&db).await.expect("active");
    ada.task(json!({ "project_id": project })).await;
    let queued = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM deliveries WHERE kind = 'task.created'");
    assert_eq!(queued.fetch_one(&db).await.expect("a count"), 1, "what was queued before");
    app.spawn_worker();
    until("it is parked unsent", async || {
        let parked = "SELECT last_error FROM deliveries WHERE kind = 'task.created' AND state = 'parked'";
        let error: Option<String> = sqlx::query_scalar(parked).fetch_optional(&db).await.expect("a row");
        error.is_some_and(|error| error.contains("disabled"))
    })
    .await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unread_body_holds_no_turn(db: PgPool) {
    let app = TestApp::start_with(db, &[("REQUESTS_RUNNING_PER_USER", "2")]).await;
    let lin = app.person("Lin").await;
    let mut slow = Vec::new();
    for _ in 0..4 {
        slow.push(Slow::begin(&app, &lin, Method::POST, "/tasks", &json!({ "title": "Slow" })).await);
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    lin.task(json!({ "title": "Quick" })).await;
    for request in slow {
        assert_eq!(request.end().await, 201);
    }
}
