//! Many messages at once, to receivers of which some are slow or gone: nobody else notices.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use todo::db::MIGRATOR;
use tokio::{sync::oneshot, task::JoinSet};

use crate::support::{Answer, Person, Receiver, TestApp, id_of, settle, until};

const EVENTS: usize = 200;
const SENDERS: usize = 8;
const ANSWERING: [&str; 4] = ["/a", "/b", "/c", "/d"];
const HANGING: [&str; 3] = ["/hang1", "/hang2", "/hang3"];
/// Longer than waiting for a connection would have to take to be noticed, and shorter than the time after which that is given up.
const AT_ONCE: Duration = Duration::from_secs(4);

/// Too long for a name, so no name server is asked.
fn names_without_address() -> [String; 3] {
    ["x", "y", "z"].map(|letter| format!("http://{}.invalid/", letter.repeat(64)))
}

async fn webhooks(owner: &Person, project: &str, urls: &[String]) -> Vec<String> {
    let mut ids = Vec::new();
    for url in urls {
        let body = json!({ "url": url, "events": ["task.created"] });
        ids.push(id_of(&owner.post(format!("/projects/{project}/webhooks"), body).await.expect(201)));
    }
    ids
}

/// Somebody else's writes, one after another until told to stop; the longest time that one took.
async fn write_until(person: Person, project: String, mut stop: oneshot::Receiver<()>) -> Duration {
    let mut longest = Duration::ZERO;
    while stop.try_recv().is_err() {
        let begun = Instant::now();
        // The write alone, and not until everybody is told of it and of the burst.
        let request = person.request(reqwest::Method::POST, "/tasks");
        Answer::read(request.json(&json!({ "project_id": project, "title": "Beside it" }))).await.expect(201);
        longest = longest.max(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    longest
}

async fn burst(app: &TestApp, owner: &Person, project: &str) {
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let request = owner.request(reqwest::Method::POST, "/tasks");
        let request = request.json(&json!({ "project_id": project, "title": "One of many" }));
        senders.spawn(async move {
            for _ in 0..EVENTS / SENDERS {
                let answer =
                    request.try_clone().expect("a body that can be sent again").send().await.expect("an answer");
                assert_eq!(answer.status(), 201);
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.expect("every task was made");
    }
    settle(&app.state).await;
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE kind = 'task.created'")
        .fetch_one(&app.state.db)
        .await
        .expect("a count");
    assert_eq!(events, 2000);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn webhook_burst_does_not_delay_requests(db: PgPool) {
    let three = PgPoolOptions::new().max_connections(3).connect_lazy_with((*db.connect_options()).clone());
    let variables = [
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
        ("WEBHOOK_ALLOW_HTTP", "true"),
        ("DELIVERY_LEASE_SECONDS", "4"),
        ("RATE_LIMIT_REQUESTS_PER_USER", "off"),
    ];
    let app = TestApp::start_with(three, &variables).await;
    let receiver = Receiver::start(async |request, _| {
        if request.path.starts_with("/hang") {
            std::future::pending::<()>().await;
        }
    })
    .await;
    let (owner, other) = (app.person("Ada").await, app.person("Bob").await);
    let (project, quiet) = (owner.project("Hooked").await, other.project("Quiet").await);
    let here = |paths: &[&str]| paths.iter().map(|path| receiver.url(path)).collect::<Vec<_>>();
    webhooks(&owner, &project, &here(&ANSWERING)).await;
    let lost = webhooks(&owner, &project, &[&here(&HANGING)[..], &names_without_address()].concat()).await;
    app.spawn_worker();

    let (stop, stopped) = oneshot::channel();
    let writes = tokio::spawn(write_until(other, quiet, stopped));
    burst(&app, &owner, &project).await;
    let arrived = |path: &str| {
        let messages = receiver.all().into_iter().filter(|request| request.path == path);
        messages.map(|request| request.header("webhook-id").to_owned()).collect::<HashSet<_>>().len()
    };
    until("every message arrives where one answers", async || ANSWERING.iter().all(|path| arrived(path) == EVENTS))
        .await;
    stop.send(()).expect("the writes go on");
    let longest = writes.await.expect("every write was acknowledged");
    assert!(longest < AT_ONCE, "a write took {longest:?}");

    for webhook in &lost {
        let log = format!("/projects/{project}/webhooks/{webhook}/deliveries");
        let retried = |one: &Value| one["state"] == "pending" && one["last_error"].is_string();
        until("what did not arrive waits for another attempt", async || {
            let log = owner.get(format!("{log}?limit=200")).await.expect(200);
            log["items"].as_array().is_some_and(|items| items.iter().any(retried))
        })
        .await;
    }
    // Days later: one message of each, so that the test ends.
    sqlx::query(
        "DELETE FROM deliveries WHERE state = 'pending' AND id NOT IN (
             SELECT DISTINCT ON (webhook_id) id FROM deliveries WHERE state = 'pending' ORDER BY webhook_id, attempts DESC
         )",
    )
    .execute(&db)
    .await
    .expect("one each");
    sqlx::query("UPDATE deliveries SET created_at = now() - interval '4 days' WHERE state = 'pending'")
        .execute(&db)
        .await
        .expect("days later");
    until("what never arrives is given up", async || {
        sqlx::query("UPDATE deliveries SET next_attempt_at = least(next_attempt_at, now() + interval '4 seconds') WHERE state = 'pending'")
            .execute(&db)
            .await
            .expect("sooner");
        let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE state = 'parked' AND last_error IS NOT NULL")
            .fetch_one(&db)
            .await
            .expect("a count");
        parked == 6
    })
    .await;
}
