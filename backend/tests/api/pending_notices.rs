//! People are notified of a change after its commit: once, even if a process is killed, and at no cost to the person who makes the change.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, notices};

use crate::support::{Answer, Person, TestApp, administrator, id_of, settle, texts};

async fn run(db: &PgPool, statements: &[&'static str]) {
    for statement in statements {
        sqlx::query(*statement).execute(db).await.expect(statement);
    }
}

async fn count(db: &PgPool, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(db).await.expect(statement)
}

/// Adds members to the project "Large" who watch all of its tasks.
async fn add_members(db: &PgPool, members: i64) {
    let insert = "INSERT INTO users (id, email, name, password_hash)
                  SELECT gen_random_uuid(), gen_random_uuid() || '@example.org', 'Member', 'x' FROM generate_series(1, $1) n";
    sqlx::query(insert).bind(members).execute(db).await.expect("users");
    run(
        db,
        &[
            "INSERT INTO topics (id, kind) SELECT id, 'user' FROM users WHERE name = 'Member' ON CONFLICT DO NOTHING",
            "INSERT INTO project_members (project_id, user_id, role, position)
             SELECT p.id, u.id, 'editor', 'a' FROM users u, projects p WHERE u.name = 'Member' AND p.name = 'Large' ON CONFLICT DO NOTHING",
            "INSERT INTO task_watchers (task_id, user_id)
             SELECT t.id, m.user_id FROM tasks t JOIN project_members m ON m.project_id = t.project_id ON CONFLICT DO NOTHING",
        ],
    )
    .await;
}

/// A request that does not process the pending notices.
async fn send(person: &Person, method: Method, path: &str, body: Value) -> Answer {
    Answer::read(person.request(method, path).json(&body)).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_change_writes_as_many_rows_whatever_the_number_of_members(db: PgPool) {
    let app = TestApp::start_untold(db.clone(), &[]).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Large").await;
    let task = id_of(&ada.task(json!({ "project_id": project, "title": "Watched" })).await);
    let (of_project, of_task) = (format!("/projects/{project}"), format!("/tasks/{task}"));
    let restore = format!("{of_project}/restore");
    let changes = [
        (Method::PATCH, &of_project, json!({ "archived": true }), 200),
        (Method::PATCH, &of_project, json!({ "archived": false }), 200),
        (Method::PATCH, &of_project, json!({ "color": "#112233" }), 200),
        (Method::DELETE, &of_project, json!({}), 204),
        (Method::POST, &restore, json!({}), 200),
        (Method::PATCH, &of_task, json!({ "status": "done" }), 200),
        (Method::PATCH, &of_task, json!({ "status": "todo", "due_date": "2027-01-05" }), 200),
        (Method::PATCH, &of_task, json!({ "due_date": null }), 200),
    ];
    let mut costs = Vec::new();
    let mut members = 0;
    for more in [1, 99, 900] {
        add_members(&db, more).await;
        members += more;
        // Once before, so that caches and prepared statements are the same for all measurements.
        for (method, path, body, status) in changes.iter().chain(&changes) {
            send(&ada, method.clone(), path, body.clone()).await.expect(*status);
        }
        let mut cost = Vec::new();
        for (method, path, body, status) in &changes {
            let rows = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM notifications) + (SELECT count(*) FROM pending_notices)";
            let before = count(&db, rows).await;
            send(&ada, method.clone(), path, body.clone()).await.expect(*status);
            cost.push((method.as_str(), body.to_string(), count(&db, rows).await - before));
        }
        costs.push(cost);
    }
    assert!(costs[0].iter().all(|(_, _, rows)| (1..=3).contains(rows)), "{costs:#?}");
    assert_eq!(costs[0], costs[1], "of 1 and of 100 others");
    assert_eq!(costs[1], costs[2], "of 100 and of 1,000 others");
    assert_eq!(members, 1000);
}

const TOLD_ONCE: [(&str, &str); 6] = [
    ("nobody twice", "SELECT count(*) FROM (SELECT FROM notifications WHERE kind = 'project.changed' GROUP BY user_id, data HAVING count(*) > 1) d"),
    ("all of the name", "SELECT 1234 - count(DISTINCT user_id) FROM notifications WHERE data ->> 'change' = 'renamed'"),
    ("all of the archive", "SELECT 1234 - count(DISTINCT user_id) FROM notifications WHERE data ->> 'change' = 'archived'"),
    (
        "each by one event of their feed",
        "SELECT 2 * 1234 - count(*) FROM events WHERE kind = 'notification.created'",
    ),
    (
        "in the order of the changes",
        "SELECT count(*) FROM events a JOIN events b USING (topic_id)
         WHERE a.data -> 'data' ->> 'change' = 'archived' AND b.data -> 'data' ->> 'change' = 'renamed' AND a.revision < b.revision",
    ),
    (
        "feeds without gaps",
        "SELECT count(*) FROM topics t WHERE t.kind = 'user' AND t.revision <> (SELECT count(*) FROM events e WHERE e.topic_id = t.id)",
    ),
];

#[sqlx::test(migrator = "MIGRATOR")]
async fn everybody_is_told_once_by_several_workers_that_are_killed_in_the_middle(db: PgPool) {
    let app = TestApp::start_untold(db.clone(), &[]).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Large").await;
    add_members(&db, 1234).await;
    // Everybody's feed, from its first event.
    run(
        &db,
        &[
            "DELETE FROM events WHERE topic_id IN (SELECT id FROM topics WHERE kind = 'user')",
            "UPDATE topics SET revision = 0 WHERE kind = 'user'",
        ],
    )
    .await;
    let path = format!("/projects/{project}");
    send(&ada, Method::PATCH, &path, json!({ "name": "Larger" })).await.expect(200);
    send(&ada, Method::PATCH, &path, json!({ "archived": true })).await.expect(200);
    assert_eq!(count(&db, "SELECT count(*) FROM notifications").await, 0, "the writer tells nobody");
    let workers = (0..3).map(|number| {
        let parts: notices::Parts = app.parts();
        let db = db.clone();
        async move {
            let (mut chance, mut killed) = (StdRng::seed_from_u64(number), 0);
            while count(&db, "SELECT count(*) FROM pending_notices").await > 0 {
                // A dropped future leaves the database in the same state as a killed process: an open transaction that is rolled back.
                let lives = Duration::from_millis(chance.random_range(1..60 + killed * 20));
                if tokio::time::timeout(lives, notices::tell_some(&parts)).await.is_err() {
                    killed += 1;
                }
            }
            killed
        }
    });
    let killed: u64 = futures_util::future::join_all(workers).await.into_iter().sum();
    assert!(killed > 3, "only {killed} were killed");
    for (what, statement) in TOLD_ONCE {
        assert_eq!(count(&db, statement).await, 0, "{what}");
    }
    let owner = ada.get("/notifications").await.expect(200);
    assert_eq!(owner["items"], json!([]), "who has done it is not told");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_batch_has_five_hundred_people_and_others_come_between(db: PgPool) {
    let app = TestApp::start_untold(db.clone(), &[]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let (large, small) = (ada.project("Large").await, ada.project("Small").await);
    ada.add_member(&small, &bob, "editor").await;
    add_members(&db, 1100).await;
    settle(&app.state).await;
    send(&ada, Method::PATCH, &format!("/projects/{large}"), json!({ "archived": true })).await.expect(200);
    send(&ada, Method::PATCH, &format!("/projects/{small}"), json!({ "archived": true })).await.expect(200);
    let parts = app.parts();
    let told = "SELECT count(*) FROM notifications WHERE kind = 'project.changed'";
    let mut steps = Vec::new();
    while notices::tell_some(&parts).await.expect("told") {
        steps.push(count(&db, told).await);
    }
    assert_eq!(steps, [500, 501, 1001, 1101]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_came_or_went_meanwhile_is_not_told(db: PgPool) {
    let app = TestApp::start_untold(db.clone(), &[]).await;
    let (ada, bob, cleo, dan) =
        (app.person("Ada").await, app.person("Bob").await, app.person("Cleo").await, app.person("Dan").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    ada.add_member(&project, &cleo, "editor").await;
    let task = id_of(&ada.task(json!({ "project_id": project, "title": "One" })).await);
    settle(&app.state).await;
    let path = format!("/projects/{project}");
    send(&ada, Method::PATCH, &path, json!({ "name": "Renamed" })).await.expect(200);
    send(&ada, Method::PATCH, &format!("/tasks/{task}"), json!({ "assignee_id": bob.id })).await.expect(200);
    send(&ada, Method::DELETE, &format!("{path}/members/{}", cleo.id), json!({})).await.expect(204);
    send(&bob, Method::DELETE, &format!("/tasks/{task}"), json!({})).await.expect(204);
    run(&db, &["DELETE FROM tasks"]).await;
    ada.add_member(&project, &dan, "viewer").await;
    let changes = async |person: &Person| {
        let items = person.get("/notifications").await.expect(200)["items"].clone();
        let mut kinds = texts(&items, "kind");
        kinds.reverse();
        kinds
    };
    // Nobody is notified about the task that was deleted permanently.
    assert_eq!(changes(&bob).await, ["project.invited", "project.changed"]);
    // Only that she was removed, and nothing pending from before.
    assert_eq!(changes(&cleo).await, ["project.invited", "project.changed"]);
    assert_eq!(changes(&dan).await, ["project.invited"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_cannot_be_told_is_given_up_and_holds_up_nothing_else(db: PgPool) {
    let app = TestApp::start_untold(db.clone(), &[]).await;
    let root = administrator(&app).await;
    let bob = app.person("Bob").await;
    let (project, other) = (root.project("Shared").await, root.project("Other").await);
    root.add_member(&project, &bob, "editor").await;
    root.add_member(&other, &bob, "editor").await;
    let path = format!("/projects/{project}");
    send(&root, Method::PATCH, &path, json!({ "name": "Bad" })).await.expect(200);
    run(&db, &["UPDATE pending_notices SET notices = jsonb_set(notices, '{0,kind}', '\"of.a.later.version\"')"]).await;
    send(&root, Method::PATCH, &path, json!({ "name": "Good" })).await.expect(200);
    let told = async || {
        settle(&app.state).await;
        let items = bob.get("/notifications").await.expect(200)["items"].clone();
        let names = items.as_array().expect("a list").iter().filter(|item| item["kind"] == "project.changed");
        let mut names: Vec<String> =
            names.map(|item| item["data"]["name"].as_str().unwrap_or_default().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(told().await, Vec::<String>::new(), "in the order of the changes, or not yet");
    send(&root, Method::PATCH, &format!("/projects/{other}"), json!({ "name": "Elsewhere" })).await.expect(200);
    assert_eq!(told().await, ["Elsewhere"], "other projects go on");
    let parked =
        "SELECT count(*) FROM pending_notices WHERE parked_at IS NOT NULL AND last_error LIKE '%of.a.later.version%'";
    assert_eq!(count(&db, parked).await, 0, "it is tried again for a while");
    for _ in 0..6 {
        run(&db, &["UPDATE pending_notices SET next_attempt_at = now() WHERE parked_at IS NULL"]).await;
        settle(&app.state).await;
    }
    assert_eq!(count(&db, parked).await, 1);
    assert_eq!(count(&db, "SELECT sum(attempts) FROM pending_notices").await, 7);
    assert_eq!(told().await, ["Elsewhere", "Good"], "the next one, when the first is given up");
    let ready = app.get("/health/ready").await.expect(200);
    assert_eq!(ready["notices"], json!({ "pending": 0, "parked": 1 }));
    let findings = root.get("/admin/doctor").await.expect(200);
    let finding = findings["items"].as_array().expect("findings").iter().find(|one| one["id"] == "deliveries");
    let finding = finding.expect("of what was not told");
    assert_eq!((&finding["cause"], &finding["parameters"]["count"]), (&json!("notices_parked"), &json!(1)));
    // A newer version knows the kind.
    run(&db, &["UPDATE pending_notices SET notices = jsonb_set(notices, '{0,kind}', '\"project.changed\"')"]).await;
    root.post("/admin/deliveries/retry", json!({})).await.expect(200);
    assert_eq!(told().await, ["Bad", "Elsewhere", "Good"]);
    assert_eq!(count(&db, "SELECT count(*) FROM pending_notices").await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_a_change_with_nobody_to_tell_nothing_is_kept(db: PgPool) {
    let app = TestApp::start_untold(db.clone(), &[]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let own = ada.project("Own").await;
    let task = id_of(&ada.task(json!({ "project_id": own, "title": "One" })).await);
    send(&ada, Method::PATCH, &format!("/tasks/{task}"), json!({ "status": "done" })).await.expect(200);
    send(&ada, Method::PATCH, &format!("/projects/{own}"), json!({ "name": "Mine" })).await.expect(200);
    let shared = ada.project("Shared").await;
    ada.add_member(&shared, &bob, "editor").await;
    let task = id_of(&ada.task(json!({ "project_id": shared, "title": "Two" })).await);
    settle(&app.state).await;
    send(&ada, Method::PATCH, &format!("/tasks/{task}"), json!({ "status": "done" })).await.expect(200);
    assert_eq!(count(&db, "SELECT count(*) FROM pending_notices").await, 0, "nobody else watches it");
    send(&bob, Method::POST, &format!("/tasks/{task}/watch"), json!({})).await.expect(204);
    send(&ada, Method::PATCH, &format!("/tasks/{task}"), json!({ "status": "todo" })).await.expect(200);
    assert_eq!(count(&db, "SELECT count(*) FROM pending_notices").await, 1);
    // Deleting a project permanently also deletes its pending notices.
    run(&db, &["UPDATE projects SET erasing = true, deleted_at = now() WHERE name = 'Shared'"]).await;
    todo::erasure::purge_projects(&db).await.expect("purged");
    assert_eq!(count(&db, "SELECT count(*) FROM pending_notices").await, 0);
}
