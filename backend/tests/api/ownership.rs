//! A project gets another owner: offered and accepted, or by an administrator.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio::join;

use crate::support::{Person, TestApp, administrator, id_of, notified};

/// Olga's project with Emil as an editor and Vera as a viewer.
async fn setting(app: &TestApp) -> (Person, Person, Person, String) {
    let (owner, editor, viewer) = (app.person("Olga").await, app.person("Emil").await, app.person("Vera").await);
    let project = owner.project("Shared").await;
    owner.add_member(&project, &editor, "editor").await;
    owner.add_member(&project, &viewer, "viewer").await;
    (owner, editor, viewer, format!("/projects/{project}"))
}

async fn offer(owner: &Person, path: &str, to: &Person) -> Value {
    owner.post(format!("{path}/transfer"), json!({ "user_id": to.id })).await.expect(200)
}

async fn steps(person: &Person) -> Vec<Value> {
    notified(person, "project.ownership").await.into_iter().map(|notice| notice["data"]["step"].clone()).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn accepting_member_becomes_owner(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, editor, viewer, path) = setting(&app).await;
    let webhook = json!({ "url": "https://hooks.example.org/todo" });
    owner.post(format!("{path}/webhooks"), webhook).await.expect(201);
    let invitation = json!({ "email": "guest@example.org", "role": "viewer" });
    let invitation = owner.post(format!("{path}/invitations"), invitation).await.expect(201);

    let offered = offer(&owner, &path, &editor).await;
    assert_eq!((&offered["transfer_to"], &offered["role"]), (&json!(editor.id), &json!("owner")));
    offer(&owner, &path, &editor).await;
    assert_eq!(steps(&editor).await, ["offered"], "the same offer again asks nobody again");
    viewer.post(format!("{path}/transfer/accept"), json!({})).await.expect(404);
    viewer.post(format!("{path}/transfer"), json!({ "user_id": viewer.id })).await.expect(403);

    let before: Vec<(String, i64)> = revisions(&db).await;
    let accepted = editor.post(format!("{path}/transfer/accept"), json!({})).await.expect(200);
    assert_eq!((&accepted["role"], &accepted["transfer_to"]), (&json!("owner"), &Value::Null));
    assert_eq!(accepted["owner_id"], json!(editor.id));
    let news = sqlx::query_as::<_, (String, String)>(
        "SELECT topic_id::text, kind FROM events e JOIN unnest($1::text[], $2::bigint[]) AS before (topic, revision)
         ON topic = topic_id::text AND e.revision > before.revision
         WHERE kind <> 'notification.created' ORDER BY kind, topic_id",
    )
    .bind(before.iter().map(|(topic, _)| topic.clone()).collect::<Vec<_>>())
    .bind(before.iter().map(|(_, revision)| *revision).collect::<Vec<_>>())
    .fetch_all(&db)
    .await
    .expect("events");
    let kinds: Vec<_> = news.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["project.changed", "project.changed", "project.updated"], "one for each topic: {news:?}");
    assert_eq!(editor.post(format!("{path}/transfer/accept"), json!({})).await.expect(200)["role"], "owner");
    assert_eq!(steps(&owner).await, ["accepted"]);

    // Who was the owner is an editor now, and may leave.
    assert_eq!(owner.get(&path).await.expect(200)["role"], "editor");
    owner.patch(&path, json!({ "name": "Mine" })).await.expect(403);
    owner.task(json!({ "project_id": path.rsplit('/').next() })).await;
    owner.get(format!("{path}/webhooks")).await.expect(403);
    assert_eq!(editor.get(format!("{path}/webhooks")).await.expect(200)["items"].as_array().map(Vec::len), Some(1));
    editor.patch(&path, json!({ "name": "Theirs" })).await.expect(200);
    owner.delete(format!("{path}/members/{}", owner.id)).await.expect(204);
    // The invitation is the project's. Its link is new: the one before is with somebody who may not come back by it.
    let token =
        |url: &Value| json!({ "token": url.as_str().and_then(|url| url.split("token=").nth(1)).expect("a link") });
    owner.post("/invitations/accept", token(&invitation["url"])).await.expect_fields(422, &["token"]);
    let open = editor.get(format!("{path}/invitations")).await.expect(200);
    let guest = app.person("Guest").await;
    guest.post("/invitations/accept", token(&open["items"][0]["url"])).await.expect(200);
}

async fn revisions(db: &PgPool) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT id::text, revision FROM topics").fetch_all(db).await.expect("topics")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn offer_ends_when_answered_or_obsolete(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, editor, viewer, path) = setting(&app).await;
    let to = async || owner.get(&path).await.expect(200)["transfer_to"].clone();
    let transfer = format!("{path}/transfer");

    let stranger = app.person("Sam").await;
    for nobody in [&stranger.id, &owner.id] {
        owner.post(&transfer, json!({ "user_id": nobody })).await.expect_fields(422, &["user_id"]);
    }
    let inbox = id_of(&owner.get("/projects").await.expect(200)["items"][0]);
    owner.post(format!("/projects/{inbox}/transfer"), json!({ "user_id": editor.id })).await.expect(403);

    offer(&owner, &path, &editor).await;
    editor.post(format!("{transfer}/decline"), json!({})).await.expect(204);
    assert_eq!((to().await, steps(&owner).await), (Value::Null, vec![json!("declined")]));
    editor.post(format!("{transfer}/accept"), json!({})).await.expect(404);

    offer(&owner, &path, &editor).await;
    offer(&owner, &path, &viewer).await;
    editor.post(format!("{transfer}/accept"), json!({})).await.expect(404);
    for _ in 0..2 {
        owner.delete(&transfer).await.expect(204);
    }
    viewer.post(format!("{transfer}/accept"), json!({})).await.expect(404);

    offer(&owner, &path, &editor).await;
    owner.delete(&path).await.expect(204);
    editor.post(format!("{transfer}/accept"), json!({})).await.expect(404);
    owner.post(format!("{path}/restore"), json!({})).await.expect(200);
    assert_eq!(to().await, Value::Null, "the trash ends it");

    offer(&owner, &path, &editor).await;
    let tag = owner.get(&path).await.header("etag").to_owned();
    editor.delete(format!("{path}/members/{}", editor.id)).await.expect(204);
    assert_eq!(to().await, Value::Null, "who has left is asked no more");
    assert_ne!(owner.get(&path).await.header("etag"), tag);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn administrator_can_transfer_a_project(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, editor, viewer, path) = setting(&app).await;
    offer(&owner, &path, &editor).await;
    let admin = administrator(&app).await;
    let transfer = format!("/admin{path}/transfer");
    admin.post(&transfer, json!({ "user_id": admin.id })).await.expect_fields(422, &["user_id"]);
    for _ in 0..2 {
        admin.post(&transfer, json!({ "user_id": viewer.id })).await.expect(204);
    }
    let project = viewer.get(&path).await.expect(200);
    assert_eq!((&project["role"], &project["transfer_to"]), (&json!("owner"), &Value::Null));
    assert_eq!((steps(&owner).await, steps(&viewer).await), (vec![json!("handed_over")], vec![json!("received")]));
    editor.post(format!("{path}/transfer/accept"), json!({})).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_transfers_leave_one_owner(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, editor, viewer, path) = setting(&app).await;
    let admin = administrator(&app).await;
    let people = [&owner, &editor, &viewer];
    for round in 0..6 {
        let holder = people[round % 3];
        admin.post(format!("/admin{path}/transfer"), json!({ "user_id": holder.id })).await.expect(204);
        let (asked, other) = (people[(round + 1) % 3], people[(round + 2) % 3]);
        offer(holder, &path, asked).await;
        let leaving = format!("{path}/members/{}", holder.id);
        let answers = join!(
            asked.post(format!("{path}/transfer/accept"), json!({})),
            holder.delete(format!("{path}/transfer")),
            admin.post(format!("/admin{path}/transfer"), json!({ "user_id": other.id })),
            holder.delete(&leaving),
        );
        for answer in [&answers.0, &answers.1, &answers.2, &answers.3] {
            assert!(answer.status.as_u16() < 500, "{:#}", answer.body);
        }
        let owners: Vec<(bool,)> = sqlx::query_as(
            "SELECT m.user_id = p.owner_id FROM project_members m JOIN projects p ON p.id = m.project_id
             WHERE m.role = 'owner' AND NOT p.is_inbox",
        )
        .fetch_all(&db)
        .await
        .expect("rows");
        assert_eq!(owners, [(true,)]);
        if answers.3.status.is_success() {
            let now: String = sqlx::query_scalar("SELECT owner_id::text FROM projects WHERE NOT is_inbox")
                .fetch_one(&db)
                .await
                .expect("a project");
            let now = people.into_iter().find(|person| person.id == now).expect("one of them");
            now.add_member(path.rsplit('/').next().expect("an id"), holder, "editor").await;
        }
    }
}
