//! The end of an account, asked for by its owner: the days in which it can be kept, what becomes of shared projects, and an erasure
//! that may be cut off at any moment.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{
    account_deletion::{erase_account, worker},
    db::MIGRATOR,
};

use crate::support::{MailServer, PASSWORD, Person, TestApp, administrator, columns_with, settle, texts, until};

async fn ask(person: &Person, projects: Value) -> crate::support::Answer {
    person.post("/users/me/deletion", json!({ "password": PASSWORD, "projects": projects })).await
}

async fn sign_in(app: &TestApp, person: &Person, keep: bool) -> crate::support::Answer {
    let body = json!({ "email": person.email, "password": PASSWORD, "keep_account": keep });
    app.post("/api/v1/auth/login", body).await
}

async fn make_due(db: &PgPool) {
    sqlx::query("UPDATE account_deletions SET due_at = now()").execute(db).await.expect("due");
}

async fn role_in(person: &Person, project: &str) -> Value {
    person.get(format!("/projects/{project}")).await.body["role"].clone()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn account_deletion_can_be_cancelled_until_its_day(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    let ada = app.person("Ada").await;
    let other = ada.sign_in_again(PASSWORD).await;
    ada.post("/users/me/deletion", json!({ "password": "not mine", "projects": [] }))
        .await
        .expect_fields(422, &["password"]);
    let preview = ada.get("/users/me/deletion").await.expect(200);
    assert_eq!(preview, json!({ "days": 14, "shared_projects": [] }));
    let due = ask(&ada, json!([])).await.expect(202)["due_at"].clone();
    for session in [&ada, &other] {
        session.get("/users/me").await.expect(401);
    }

    let refused = sign_in(&app, &ada, false).await.expect(403);
    assert_eq!((&refused["type"], &refused["current"]["due_at"]), (&json!("/problems/account-deletion"), &due));
    let form = [("grant_type", "password"), ("username", ada.email.as_str()), ("password", PASSWORD)];
    let token =
        crate::support::Answer::read(app.request(reqwest::Method::POST, "/api/v1/auth/token").form(&form)).await;
    assert_eq!(token.expect(400)["error"], "invalid_grant");
    let wrong = json!({ "email": ada.email, "password": "wrong lanterns", "keep_account": true });
    app.post("/api/v1/auth/login", wrong).await.expect(401);

    worker::run_once(&app.parts()).await.expect("nothing to do yet");
    sqlx::query(
        "UPDATE account_deletions SET due_at = now() + interval '1 day', requested_at = now() - interval '13 days'",
    )
    .execute(&db)
    .await
    .expect("soon");
    for _ in 0..2 {
        worker::run_once(&app.parts()).await.expect("warned");
    }
    let mails: Vec<String> = mail.mails_to(&ada.email, 3).await.iter().map(crate::support::Mail::subject).collect();
    assert_eq!(
        mails.iter().filter(|subject| subject.starts_with("Your account will be deleted on")).count(),
        1,
        "{mails:?}"
    );
    assert_eq!(
        mails.iter().filter(|subject| subject.starts_with("Your account will be deleted soon")).count(),
        1,
        "{mails:?}"
    );

    sign_in(&app, &ada, true).await.expect(200);
    sign_in(&app, &ada, false).await.expect(200);
    make_due(&db).await;
    worker::run_once(&app.parts()).await.expect("nothing to do");
    sign_in(&app, &ada, false).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn shared_projects_go_to_the_chosen_heirs(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve, bob, lin) =
        (app.person("Ada").await, app.person("Eve").await, app.person("Bob").await, app.person("Lin").await);
    let mut projects = Vec::new();
    for name in ["Chosen", "Declined", "Kept with me", "Viewers only"] {
        let project = ada.project(name).await;
        ada.add_member(&project, &lin, "viewer").await;
        if name != "Viewers only" {
            ada.add_member(&project, &bob, "editor").await;
            ada.add_member(&project, &eve, "editor").await;
        }
        projects.push(project);
    }
    let [chosen, declined, with_me, viewers] = <[String; 4]>::try_from(projects).expect("four");
    ada.project("Mine alone").await;
    let preview = ada.get("/users/me/deletion").await.expect(200);
    assert_eq!(texts(&preview["shared_projects"], "name"), ["Chosen", "Declined", "Kept with me", "Viewers only"]);
    assert_eq!(texts(&preview["shared_projects"][0]["members"], "name"), ["Bob", "Eve", "Lin"]);

    let to = |project: &str, heir: Value| json!({ "project_id": project, "heir_id": heir });
    let stranger = app.person("Sam").await;
    let all = |chosen_heir: Value| {
        json!([
            to(&chosen, chosen_heir),
            to(&declined, json!(eve.id)),
            to(&with_me, Value::Null),
            to(&viewers, json!(lin.id))
        ])
    };
    ask(&ada, json!([to(&chosen, json!(eve.id))])).await.expect_fields(422, &["projects"]);
    ask(&ada, all(json!(stranger.id))).await.expect_fields(422, &["projects"]);
    ask(&ada, json!([to(&chosen, json!(eve.id)), to(&chosen, json!(eve.id))])).await.expect_fields(422, &["projects"]);
    ada.get("/users/me").await.expect(200);
    ask(&ada, all(json!(eve.id))).await.expect(202);

    let told = eve.get("/notifications").await.expect(200);
    let offers: Vec<_> =
        told["items"].as_array().expect("a list").iter().filter(|one| one["kind"] == "project.ownership").collect();
    assert_eq!(offers.len(), 2, "{told:#}");
    assert!(offers.iter().all(|one| one["data"]["step"] == "inherits" && one["data"]["at"].is_string()), "{offers:?}");
    eve.post(format!("/projects/{declined}/transfer/decline"), json!({})).await.expect(204);

    make_due(&db).await;
    worker::run_once(&app.parts()).await.expect("erased");
    assert_eq!(role_in(&eve, &chosen).await, "owner", "who was chosen and did not decline");
    assert_eq!(role_in(&bob, &declined).await, "owner", "the longest-standing editor");
    assert_eq!(role_in(&eve, &declined).await, "editor");
    assert_eq!(role_in(&lin, &viewers).await, "owner");
    bob.get(format!("/projects/{with_me}")).await.expect(404);
    let members = eve.get(format!("/projects/{chosen}/members")).await.expect(200);
    assert_eq!(texts(&members["items"], "name"), ["Lin", "Bob", "Eve"]);
    assert_eq!(columns_with(&db, "Kept with me").await, Vec::<String>::new());
    assert_eq!(columns_with(&db, "Mine alone").await, Vec::<String>::new());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn cancelling_the_deletion_withdraws_the_offers(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Spring").await;
    ada.add_member(&project, &bob, "editor").await;
    ask(&ada, json!([{ "project_id": project, "heir_id": bob.id }])).await.expect(202);
    assert_eq!(bob.get(format!("/projects/{project}")).await.expect(200)["transfer_to"], json!(bob.id));
    sign_in(&app, &ada, true).await.expect(200);
    assert_eq!(bob.get(format!("/projects/{project}")).await.expect(200)["transfer_to"], Value::Null);
}

/// All by a few statements: each project is told of it once, and those alone whose offer stands.
#[sqlx::test(migrator = "MIGRATOR")]
async fn many_offers_are_made_and_withdrawn_in_one_step(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob, eve) = (app.person("Ada").await, app.person("Bob").await, app.person("Eve").await);
    let mut projects = Vec::new();
    for (name, member) in [("Bobs", &bob), ("Eves", &eve), ("Declined", &eve), ("Nobodys", &bob)] {
        let project = ada.project(name).await;
        ada.add_member(&project, member, "editor").await;
        projects.push(project);
    }
    let hook = json!({ "url": "https://hooks.example.org/x", "events": ["project.updated"] });
    ada.post(format!("/projects/{}/webhooks", projects[0]), hook).await.expect(201);
    let [bobs, eves, declined, nobodys] = <[String; 4]>::try_from(projects).expect("four");
    let to = |project: &str, heir: Value| json!({ "project_id": project, "heir_id": heir });
    let heirs = json!([
        to(&bobs, json!(bob.id)),
        to(&eves, json!(eve.id)),
        to(&declined, json!(eve.id)),
        to(&nobodys, Value::Null)
    ]);
    ask(&ada, heirs).await.expect(202);
    eve.post(format!("/projects/{declined}/transfer/decline"), json!({})).await.expect(204);
    sign_in(&app, &ada, true).await.expect(200);

    let told = async |project: &str| {
        sqlx::query_scalar::<_, Value>(
            "SELECT data -> 'transfer_to' FROM events WHERE topic_id = $1::uuid AND kind = 'project.updated' ORDER BY revision",
        )
        .bind(project)
        .fetch_all(&db)
        .await
        .expect("events")
    };
    assert_eq!(told(&bobs).await, [json!(bob.id), Value::Null]);
    assert_eq!(told(&eves).await, [json!(eve.id), Value::Null]);
    assert_eq!(told(&declined).await, [json!(eve.id), Value::Null], "declined, and not taken back once more");
    assert_eq!(told(&nobodys).await, Vec::<Value>::new());
    let is_whole: bool = sqlx::query_scalar(
        "SELECT bool_and(revision = (SELECT max(revision) FROM events WHERE topic_id = topics.id)) FROM topics WHERE kind = 'project'
         AND id IN (SELECT topic_id FROM events)",
    )
    .fetch_one(&db)
    .await
    .expect("revisions");
    assert!(is_whole, "no revision without its event");
    settle(&app.state).await;
    let sent: Vec<i64> = sqlx::query_scalar(
        "SELECT event_revision FROM deliveries WHERE kind = 'project.updated' ORDER BY event_revision",
    )
    .fetch_all(&db)
    .await
    .expect("messages");
    assert_eq!(sent.len(), 2, "{sent:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn last_administrator_cannot_delete_their_account(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let root = crate::support::administrator(&app).await;
    ask(&root, json!([])).await.expect(403);
    crate::support::administrator(&app).await;
    ask(&root, json!([])).await.expect(202);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn interrupted_erasure_resumes(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Heptagon").await, app.person("Bob").await);
    for name in ["Heptagon one", "Heptagon two"] {
        let project = ada.project(name).await;
        for _ in 0..3 {
            ada.task(json!({ "title": "Heptagon", "project_id": project })).await;
        }
    }
    let shared = ada.project("Octopus").await;
    ada.add_member(&shared, &bob, "editor").await;
    ada.task(json!({ "title": "Octopus", "project_id": shared, "assignee_id": bob.id })).await;
    let theirs = bob.project("Bobs").await;
    bob.add_member(&theirs, &ada, "editor").await;
    ada.task(json!({ "title": "Octopus", "project_id": theirs })).await;

    let user_id = ada.id.parse().expect("an id");
    let mut cuts = 0;
    // Later each time, so that it is cut off in every step; what a step had not committed is undone.
    for attempt in 1..500_u64 {
        let limit = Duration::from_millis(attempt / 2 + 1);
        if let Ok(done) = tokio::time::timeout(limit, erase_account(&app.parts(), user_id)).await {
            done.expect("erased");
            break;
        }
        cuts += 1;
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE id = $1")
            .bind(user_id)
            .fetch_one(&db)
            .await
            .expect("a count");
        if left == 0 {
            break;
        }
        ada.get("/users/me").await;
    }
    assert!(cuts > 3, "it was cut off {cuts} times");
    worker::run_once(&app.parts()).await.expect("nothing is left to do");
    todo::erasure::work_off(&db, Duration::ZERO).await.expect("the queue");
    assert_eq!(columns_with(&db, "Heptagon").await, Vec::<String>::new());
    assert_eq!(role_in(&bob, &shared).await, "owner");
    assert_eq!(bob.titles("").await, ["Octopus", "Octopus"]);
    let erased: i64 = sqlx::query_scalar("SELECT count(*) FROM erased_accounts").fetch_one(&db).await.expect("a count");
    assert_eq!(erased, 1);
}

/// As a restore leaves an account that was erased after the backup.
#[sqlx::test(migrator = "MIGRATOR")]
async fn account_being_erased_cannot_sign_in(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = bob.project("Spring").await;
    sqlx::query("INSERT INTO account_deletions (user_id, due_at, begun_at) VALUES ($1::uuid, now(), now())")
        .bind(&ada.id)
        .execute(&db)
        .await
        .expect("begun");
    for keep in [false, true] {
        sign_in(&app, &ada, keep).await.expect(401);
    }
    let invited = json!({ "email": ada.email, "role": "viewer" });
    bob.post(format!("/projects/{project}/invitations"), invited).await.expect(201);
    worker::run_once(&app.parts()).await.expect("erased");
    ada.get("/users/me").await.expect(401);
    assert_eq!(columns_with(&db, &ada.email).await, Vec::<String>::new());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_deletions_keep_one_administrator(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (administrator(&app).await, app.person("Bob").await);
    sqlx::query("UPDATE users SET is_admin = true").execute(&db).await.expect("administrators");
    // Held until both have come to it: the second then goes on when the first has committed.
    let mut first = db.begin().await.expect("a transaction");
    sqlx::query("SELECT FROM users FOR UPDATE").execute(&mut *first).await.expect("locked");
    let let_both_go = async {
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("both wait", async || sqlx::query_scalar::<_, i64>(waiting).fetch_one(&db).await.expect("a count") == 2)
            .await;
        first.rollback().await.expect("let go");
    };
    let (ada, bob, ()) = tokio::join!(ask(&ada, json!([])), ask(&bob, json!([])), let_both_go);
    let mut statuses = [ada.status.as_u16(), bob.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 403]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn shared_project_survives_a_disabled_heir(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &eve, "editor").await;
    ask(&ada, json!([{ "project_id": project, "heir_id": eve.id }])).await.expect(202);
    let disable = |at: &'static str| sqlx::query(at).bind(&eve.id);
    disable("UPDATE users SET disabled_at = now() WHERE id = $1::uuid").execute(&db).await.expect("disabled");
    make_due(&db).await;
    worker::run_once(&app.parts()).await.expect("erased");
    disable("UPDATE users SET disabled_at = NULL WHERE id = $1::uuid").execute(&db).await.expect("enabled");
    let eve = eve.sign_in_again(PASSWORD).await;
    assert_eq!(role_in(&eve, &project).await, "owner");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_members_cannot_inherit_from_a_departing_owner(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve, bob) = (app.person("Ada").await, app.person("Eve").await, app.person("Bob").await);
    let project = ada.project("Private").await;
    let invite =
        |email: &str| ada.post(format!("/projects/{project}/invitations"), json!({ "email": email, "role": "viewer" }));
    let (for_eve, for_bob) = (invite(&eve.email).await.expect(201), invite(&bob.email).await.expect(201));
    let accept = async |person: &Person, invitation: &Value| {
        let token = invitation["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link");
        person.post("/invitations/accept", json!({ "token": token })).await
    };
    ask(&ada, json!([])).await.expect(202);
    assert_eq!(eve.get("/users/me/invitations").await.expect(200)["items"], json!([]));
    accept(&eve, &for_eve).await.expect_fields(422, &["token"]);
    // Who came in before that was asked for by other ways, with nobody having decided, inherits nothing either.
    sqlx::query("UPDATE account_deletions SET requested_at = requested_at + interval '1 hour'")
        .execute(&db)
        .await
        .expect("moved");
    sqlx::query("INSERT INTO project_members (project_id, user_id, role, position, joined_at) SELECT $1::uuid, $2::uuid, 'viewer', 'm', now() + interval '2 hours'")
        .bind(&project)
        .bind(&bob.id)
        .execute(&db)
        .await
        .expect("a member");
    drop(for_bob);
    make_due(&db).await;
    worker::run_once(&app.parts()).await.expect("erased");
    for person in [&eve, &bob] {
        person.get(format!("/projects/{project}")).await.expect(404);
    }
}
