//! Changes of a shared project are told to its other members.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{MailServer, Person, TestApp, notices, texts, two_who_share};

async fn news(person: &Person) -> Vec<Value> {
    let items = person.get("/notifications").await.expect(200)["items"].clone();
    let items = items.as_array().expect("items").iter().filter(|item| item["kind"] == "project.changed");
    items.map(|item| item["data"].clone()).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn members_are_notified_of_project_changes(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    let path = format!("/projects/{project}");
    ada.patch(&path, json!({ "color": "#ff8800" })).await.expect(200);
    ada.patch(&path, json!({ "name": "Summer" })).await.expect(200);
    for archived in [true, false] {
        ada.patch(&path, json!({ "archived": archived })).await.expect(200);
    }
    ada.delete(&path).await.expect(204);
    ada.post(format!("{path}/restore"), json!({})).await.expect(200);
    let member = format!("{path}/members/{}", bob.id);
    for _ in 0..2 {
        ada.patch(&member, json!({ "role": "viewer" })).await.expect(200);
    }
    ada.delete(&member).await.expect(204);
    let told = json!([
        { "change": "member_removed", "name": "Summer", "role": "viewer" },
        { "change": "role_changed", "name": "Summer", "role": "viewer" },
        { "change": "restored", "name": "Summer" },
        { "change": "deleted", "name": "Summer" },
        { "change": "unarchived", "name": "Summer" },
        { "change": "archived", "name": "Summer" },
        { "change": "renamed", "name": "Summer", "from": "Spring" },
    ]);
    assert_eq!(json!(news(&bob).await), told);
    assert_eq!(news(&ada).await, Vec::<Value>::new(), "nobody is told of what they did");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn leaving_and_reordering_notify_nobody(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    let first = bob.project("First").await;
    bob.patch(format!("/projects/{project}"), json!({ "after": first })).await.expect(200);
    bob.delete(format!("/projects/{project}/members/{}", bob.id)).await.expect(204);
    assert_eq!((news(&ada).await, news(&bob).await), (vec![], vec![]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_task_notifications_are_opt_in(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    for (language, subjects) in [
        ("en", ["Ada renamed the project “Spring” to “夏”", "New task in “夏”: Weed"]),
        ("zh-CN", ["Ada 将项目“Spring”重命名为“夏”", "“夏”中的新任务：Weed"]),
    ] {
        let (ada, bob, project) = two_who_share(&app, &db, language).await;
        ada.task(json!({ "project_id": project })).await;
        let kinds = [
            json!({ "kind": "project.task_added", "in_app": true, "mail": true }),
            json!({ "kind": "project.changed", "mail": true }),
        ];
        bob.patch("/notification-preferences", json!({ "kinds": kinds })).await.expect(200);
        ada.patch(format!("/projects/{project}"), json!({ "name": "夏" })).await.expect(200);
        ada.task(json!({ "project_id": project, "title": "Weed" })).await;
        bob.task(json!({ "project_id": project, "title": "My own" })).await;
        ada.task(json!({ "project_id": project, "title": "For you", "assignee_id": bob.id })).await;
        let items = bob.get("/notifications").await.expect(200)["items"].clone();
        let kinds = ["task.assigned", "project.task_added", "project.changed", "project.invited"];
        assert_eq!(texts(&items, "kind"), kinds);
        let mut got: Vec<_> = notices(&mail, &bob, 4).await.iter().map(crate::support::Mail::subject).collect();
        got.retain(|subject| subjects.contains(&subject.as_str()));
        got.sort_unstable_by_key(|subject| subjects.iter().position(|one| one == subject));
        assert_eq!(got, subjects);
    }
}
