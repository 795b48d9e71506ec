//! What there may be of something, by whatever way it comes.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio::task::JoinSet;

use crate::support::{Answer, PASSWORD, TestApp, id_of};

#[track_caller]
fn expect_quota(answer: Answer, name: &str, limit: u32) -> Value {
    let problem = answer.expect(409);
    assert_eq!(problem["type"], "/problems/quota-exceeded");
    assert_eq!(problem["quota"], json!({ "name": name, "limit": limit }));
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(&limit.to_string())), "{problem:#}");
    problem
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn project_quota_covers_restored_projects(db: PgPool) {
    let app = TestApp::start_with(db, &[("QUOTA_PROJECTS_PER_USER", "2")]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let (first, second) = (ada.project("First").await, ada.project("Second").await);
    let third = || ada.post("/projects", json!({ "name": "Third" }));
    expect_quota(third().await, "projects_per_user", 2);
    let again = json!({ "id": first, "name": "First" });
    ada.post("/projects", again).await.expect(200);
    ada.delete(format!("/projects/{first}")).await.expect(204);
    third().await.expect(201);
    expect_quota(ada.post(format!("/projects/{first}/restore"), json!({})).await, "projects_per_user", 2);
    // Being a member of somebody else's is no project of one's own.
    bob.project("Of Bob").await;
    let shared = bob.project("Shared").await;
    bob.add_member(&shared, &ada, "editor").await;
    ada.delete(format!("/projects/{second}")).await.expect(204);
    ada.post(format!("/projects/{first}/restore"), json!({})).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn member_and_tag_quotas(db: PgPool) {
    let app = TestApp::start_with(db, &[("QUOTA_MEMBERS_PER_PROJECT", "2"), ("QUOTA_TAGS_PER_PROJECT", "2")]).await;
    let (ada, bob, lin) = (app.person("Ada").await, app.person("Bob").await, app.person("Lin").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    let body = json!({ "email": lin.email, "role": "viewer" });
    ada.post(format!("/projects/{project}/invitations"), body).await.expect(201);
    let open = lin.get("/users/me/invitations").await.expect(200);
    let accept = format!("/users/me/invitations/{}/accept", id_of(&open["items"][0]));
    expect_quota(lin.post(accept, json!({})).await, "members_per_project", 2);

    let tags = format!("/projects/{project}/tags");
    ada.post(&tags, json!({ "name": "one" })).await.expect(201);
    let task = ada.task(json!({ "project_id": project, "tags": ["One", "two"] })).await;
    expect_quota(ada.post(&tags, json!({ "name": "three" })).await, "tags_per_project", 2);
    let path = format!("/tasks/{}", id_of(&task));
    expect_quota(ada.patch(&path, json!({ "tags": ["one", "three"] })).await, "tags_per_project", 2);
    ada.patch(&path, json!({ "tags": ["two"] })).await.expect(200);
    // A task from elsewhere brings its tags.
    let other = ada.project("Other").await;
    let moved = ada.task(json!({ "project_id": other, "tags": ["four"] })).await;
    let answer = ada.patch(format!("/tasks/{}", id_of(&moved)), json!({ "project_id": project })).await;
    expect_quota(answer, "tags_per_project", 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn task_quota_covers_every_way_to_add_tasks(db: PgPool) {
    let app = TestApp::start_with(db, &[("QUOTA_TASKS_PER_PROJECT", "3")]).await;
    let ada = app.person("Ada").await;
    let (project, other) = (ada.project("Small").await, ada.project("Other").await);
    let parent = ada.task(json!({ "project_id": project })).await;
    ada.task(json!({ "parent_id": parent["id"] })).await;
    let last = ada.task(json!({ "project_id": project })).await;
    let make = async |fields: Value| {
        let mut body = json!({ "title": "One too many" });
        body.as_object_mut().expect("fields").extend(fields.as_object().expect("fields").clone());
        ada.post("/tasks", body).await
    };
    expect_quota(make(json!({ "project_id": project })).await, "tasks_per_project", 3);
    expect_quota(make(json!({ "parent_id": parent["id"] })).await, "tasks_per_project", 3);
    assert_eq!(ada.titles(&format!("project_id={project}")).await.len(), 3, "nothing was made");

    // Moved here, and back from the trash: two at a time, though there is room for one.
    let from_elsewhere = ada.task(json!({ "project_id": other })).await;
    ada.task(json!({ "parent_id": from_elsewhere["id"] })).await;
    let last = format!("/tasks/{}", id_of(&last));
    ada.delete(&last).await.expect(204);
    let from_elsewhere = format!("/tasks/{}", id_of(&from_elsewhere));
    let move_here = || ada.patch(&from_elsewhere, json!({ "project_id": project }));
    expect_quota(move_here().await, "tasks_per_project", 3);
    let parent = format!("/tasks/{}", id_of(&parent));
    ada.delete(&parent).await.expect(204);
    move_here().await.expect(200);
    expect_quota(ada.post(format!("{parent}/restore"), json!({})).await, "tasks_per_project", 3);
    ada.post(format!("{last}/restore"), json!({})).await.expect(200);
    expect_quota(make(json!({ "project_id": project })).await, "tasks_per_project", 3);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_writes_cannot_exceed_a_quota(db: PgPool) {
    let variables = [("QUOTA_TASKS_PER_PROJECT", "10"), ("QUOTA_PROJECTS_PER_USER", "5")];
    let app = TestApp::start_with(db, &variables).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Small").await;
    let mut requests = JoinSet::new();
    for _ in 0..20 {
        let task = json!({ "project_id": project, "title": "One of many" });
        for (path, body) in [("/tasks", task), ("/projects", json!({ "name": "One of many" }))] {
            let request = ada.request(reqwest::Method::POST, path).json(&body);
            requests.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
        }
    }
    let statuses = requests.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 10 + 4, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn sign_in_ends_the_least_recently_used_session(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("QUOTA_SESSIONS_PER_USER", "3")]).await;
    let first = app.person("Ada").await;
    let second = first.sign_in_again(PASSWORD).await;
    // The first one was used since.
    sqlx::query("UPDATE sessions SET last_used_at = now() + interval '1 second' WHERE id = (SELECT min(id::text)::uuid FROM sessions)")
        .execute(&db)
        .await
        .expect("used");
    let third = second.sign_in_again(PASSWORD).await;
    for person in [&first, &second, &third] {
        person.get("/users/me").await.expect(200);
    }
    let fourth = third.sign_in_again(PASSWORD).await;
    assert_eq!(second.get("/users/me").await.expect(401)["type"], "/problems/session-ended");
    for person in [&first, &third, &fourth] {
        person.get("/users/me").await.expect(200);
    }
    let sessions = fourth.get("/auth/sessions").await.expect(200);
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(3));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn daily_bytes_are_limited_but_deleting_is_not(db: PgPool) {
    let app = TestApp::start_with(db, &[("QUOTA_MEGABYTES_PER_DAY", "1")]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    let long = json!({ "project_id": project, "title": "Long", "description": "文".repeat(20_000) });
    let mut made = Vec::new();
    let refused = loop {
        let answer = ada.post("/tasks", long.clone()).await;
        if answer.status != 201 {
            break answer;
        }
        made.push(id_of(&answer.body));
        assert!(made.len() < 20, "60 KB each");
    };
    assert_eq!(made.len(), 16, "1 MB, with 2 KB for what each change costs besides");
    assert!(!refused.header("retry-after").is_empty());
    expect_quota(refused, "megabytes_per_day", 1);
    // Some bytes are left for what is short, until they are not.
    while ada
        .patch(format!("/tasks/{}", made[0]), json!({ "description": "x".repeat(2000), "title": uuid::Uuid::now_v7() }))
        .await
        .status
        == 200
    {}
    ada.delete(format!("/tasks/{}", made[1])).await.expect(204);
    bob.post("/tasks", long).await.expect(201);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn received_projects_and_own_feed_count(db: PgPool) {
    let app = TestApp::start_with(db, &[("QUOTA_PROJECTS_PER_USER", "1"), ("QUOTA_MEGABYTES_PER_DAY", "1")]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let shared = ada.project("Shared").await;
    ada.add_member(&shared, &bob, "editor").await;
    bob.project("Own").await;
    ada.post(format!("/projects/{shared}/transfer"), json!({ "user_id": bob.id })).await.expect(200);
    let accepted = bob.post(format!("/projects/{shared}/transfer/accept"), json!({})).await;
    expect_quota(accepted, "projects_per_user", 1);
    assert_eq!(ada.get(format!("/projects/{shared}")).await.expect(200)["role"], "owner");

    let mut answers = Vec::new();
    for _ in 0..4000 {
        answers.push(ada.patch(format!("/projects/{shared}"), json!({ "after": null })).await);
        if answers.last().is_some_and(|answer| answer.status != 200) {
            break;
        }
    }
    expect_quota(answers.pop().expect("an answer"), "megabytes_per_day", 1);
    // Signing in goes on.
    ada.sign_in_again(crate::support::PASSWORD).await.get("/users/me").await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn renaming_a_tag_counts_its_tasks(db: PgPool) {
    let app = TestApp::start_with(db, &[("QUOTA_MEGABYTES_PER_DAY", "1")]).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Tagged").await;
    for _ in 0..40 {
        ada.task(json!({ "project_id": project, "tags": ["many"] })).await;
    }
    let tags = ada.get(format!("/tags?project_id={project}")).await.expect(200);
    let path = format!("/tags/{}", id_of(&tags["items"][0]));
    for number in 0..40 {
        let answer = ada.patch(&path, json!({ "name": format!("many {number}") })).await;
        if answer.status != 200 {
            expect_quota(answer, "megabytes_per_day", 1);
            ada.delete(&path).await.expect(204);
            return;
        }
    }
    panic!("1,600 rows are not counted");
}
