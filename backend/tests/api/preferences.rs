//! Being told by mail, and not being told: preferences, quiet hours, watching, unsubscribing, the safety of the account.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Mail, MailServer, PASSWORD, TestApp, id_of, notices, texts, two_who_share};

fn preference<'a>(preferences: &'a Value, kind: &str) -> &'a Value {
    preferences["kinds"].as_array().expect("kinds").iter().find(|one| one["kind"] == kind).expect("the kind")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_notification_kind_is_mailed_in_both_languages(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for (language, subjects) in [
        (
            "en",
            [
                "Ada assigned “Write <it>” to you",
                "Ada invites you to “Spring”",
                "Done: Write <it>",
                "New due date: Write <it>",
            ],
        ),
        (
            "zh-CN",
            [
                "Ada 将“Write <it>”分配给您",
                "Ada 邀请您加入项目“Spring”",
                "已完成：Write <it>",
                "截止日期已更改：Write <it>",
            ],
        ),
    ] {
        let (ada, bob, project) = two_who_share(&app, &db, language).await;
        let all = ["task.status_changed", "task.due_changed"].map(|kind| json!({ "kind": kind, "mail": true }));
        bob.patch("/notification-preferences", json!({ "kinds": all })).await.expect(200);
        let task = json!({ "title": "Write <it>", "project_id": project, "assignee_id": bob.id });
        let path = format!("/tasks/{}", id_of(&ada.task(task).await));
        ada.patch(&path, json!({ "status": "done", "due_date": "2026-12-01" })).await.expect(200);
        let got = notices(&mail, &bob, 4).await;
        let mut named: Vec<_> = got.iter().map(Mail::subject).collect();
        named.sort_unstable();
        assert_eq!(named, subjects);
        for one in &got {
            let link = one.header("List-Unsubscribe").expect("a header");
            assert!(link.starts_with("<https://todo.example.org/api/v1/unsubscribe?token="), "{link}");
            assert_eq!(one.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
            let is_invitation = one.subject().contains("Spring");
            let place = if is_invitation { "notifications".to_owned() } else { format!("projects/{project}") };
            assert!(one.text().contains(&format!("https://todo.example.org/{place}")), "{}", one.text());
            assert!(!one.html().contains("<it>"), "titles are escaped");
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn disabled_kinds_are_not_sent(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    let before = bob.get("/notification-preferences").await.expect(200);
    assert_eq!(preference(&before, "task.assigned")["mail"], true);
    assert_eq!(preference(&before, "task.status_changed")["mail"], false);
    assert_eq!((&before["mail_is_on"], &before["email_is_confirmed"]), (&json!(true), &json!(true)));
    let choice = json!({ "kinds": [{ "kind": "task.assigned", "in_app": false, "mail": false }, { "kind": "task.status_changed", "in_app": false, "mail": true }] });
    let after = bob.patch("/notification-preferences", choice).await.expect(200);
    assert_eq!(preference(&after, "task.assigned")["in_app"], false);
    let task = id_of(&ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await);
    ada.patch(format!("/tasks/{task}"), json!({ "status": "done" })).await.expect(200);
    let mut subjects: Vec<_> = notices(&mail, &bob, 2).await.iter().map(Mail::subject).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["Ada invites you to “Spring”", "Done: A task"]);
    let items = bob.get("/notifications").await.expect(200)["items"].clone();
    assert_eq!(texts(&items, "kind"), ["project.invited"]);
    let fixed = json!({ "kinds": [{ "kind": "security.new_sign_in", "mail": false }] });
    bob.patch("/notification-preferences", fixed).await.expect_fields(422, &["kinds"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unconfirmed_address_gets_no_notifications(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let confirm = sqlx::query("UPDATE users SET email_verified_at = now() WHERE id = $1::uuid").bind(&ada.id);
    confirm.execute(&db).await.expect("confirmed");
    let project = ada.project("Spring").await;
    ada.add_member(&project, &bob, "editor").await;
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    let queued: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE kind LIKE 'task.%'")
        .fetch_one(&db)
        .await
        .expect("a count");
    assert_eq!(queued, 0);
    assert_eq!(bob.get("/notifications/unread-count").await.expect(200)["unread"], 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn mails_wait_for_quiet_hours_to_end(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    notices(&mail, &bob, 1).await;
    let around = |hours: i64| (Utc::now() + TimeDelta::hours(hours)).format("%H:%M").to_string();
    let hours = json!({ "quiet_hours": { "from": around(-1), "until": around(2) } });
    let set = bob.patch("/notification-preferences", hours.clone()).await.expect(200);
    assert_eq!(set["quiet_hours"], hours["quiet_hours"]);
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    let due: chrono::DateTime<Utc> =
        sqlx::query_scalar("SELECT next_attempt_at FROM deliveries WHERE kind = 'task.assigned'")
            .fetch_one(&db)
            .await
            .expect("a delivery");
    let wait = due - Utc::now();
    assert!(wait > TimeDelta::minutes(118) && wait <= TimeDelta::hours(2), "{wait}");
    assert_eq!(bob.get("/notifications/unread-count").await.expect(200)["unread"], 2, "the page says it at once");
    let mail_of = |enabled: bool| json!({ "kinds": [{ "kind": "task.assigned", "mail": enabled }] });
    bob.patch("/notification-preferences", mail_of(false)).await.expect(200);
    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE kind = 'task.assigned'")
        .fetch_one(&db)
        .await
        .expect("a count");
    assert_eq!(waiting, 0, "what waits goes with the wish for it");
    bob.patch("/notification-preferences", mail_of(true)).await.expect(200);
    bob.patch("/notification-preferences", json!({ "quiet_hours": null })).await.expect(200);
    ada.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    notices(&mail, &bob, 2).await;
    for wrong in [json!({ "from": "25:00", "until": "07:00" }), json!({ "from": "07:00", "until": "07:00" })] {
        bob.patch("/notification-preferences", json!({ "quiet_hours": wrong }))
            .await
            .expect_fields(422, &["quiet_hours"]);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_click_unsubscribe_works_without_sign_in(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    let (_ada, bob, _project) = two_who_share(&app, &db, "en").await;
    let header = notices(&mail, &bob, 1).await[0].header("List-Unsubscribe").expect("a header");
    let path = header.trim_matches(['<', '>']).trim_start_matches("https://todo.example.org").to_owned();
    let shown = app.get(&path).await.expect(200);
    assert_eq!(shown, json!({ "kind": "project.invited", "mail": true }));
    // As mail programs send it: a form, no cookie, no token of a session.
    let click = app.request(reqwest::Method::POST, &path).form(&[("List-Unsubscribe", "One-Click")]);
    crate::support::Answer::read(click).await.expect(204);
    assert_eq!(app.get(&path).await.expect(200)["mail"], false);
    let preferences = bob.get("/notification-preferences").await.expect(200);
    assert_eq!(preference(&preferences, "project.invited")["mail"], false);
    assert_eq!(preference(&preferences, "task.assigned")["mail"], true, "other kinds stay");
    for wrong in ["/api/v1/unsubscribe?token=x", &format!("{path}x"), &path.replace("token=", "token=A")] {
        app.get(wrong).await.expect(404);
        app.post(wrong, json!({})).await.expect(404);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn watchers_are_notified_until_they_stop(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Spring").await;
    ada.add_member(&project, &bob, "viewer").await;
    let task = format!("/tasks/{}", id_of(&ada.task(json!({ "project_id": project })).await));
    let watch = format!("{task}/watch");
    assert_eq!(bob.get(&watch).await.expect(200)["watching"], false);
    for _ in 0..2 {
        bob.post(&watch, json!({})).await.expect(204);
    }
    assert_eq!(bob.get(&watch).await.expect(200)["watching"], true);
    ada.patch(&task, json!({ "due_date": "2026-12-01" })).await.expect(200);
    ada.patch(&task, json!({ "title": "another" })).await.expect(200);
    ada.patch(&task, json!({ "status": "done" })).await.expect(200);
    bob.delete(&watch).await.expect(204);
    ada.patch(&task, json!({ "status": "todo" })).await.expect(200);
    let items = bob.get("/notifications").await.expect(200)["items"].clone();
    assert_eq!(texts(&items, "kind"), ["task.status_changed", "task.due_changed", "project.invited"]);
    assert_eq!(items[1]["data"], json!({ "from": null, "to": "2026-12-01" }));
    assert_eq!(ada.get("/notifications").await.expect(200)["items"], json!([]), "nobody is told of what they did");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_device_and_new_password_are_notified(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db, &mail, &[]).await;
    let ada = app.person("Ada").await;
    ada.sign_in_again(PASSWORD).await;
    for version in ["126.0.6478", "127.0.1"] {
        let login =
            app.request(reqwest::Method::POST, "/api/v1/auth/login").header("user-agent", format!("Fox/{version}"));
        let login = login.json(&json!({ "email": ada.email, "password": PASSWORD }));
        crate::support::Answer::read(login).await.expect(200);
    }
    let change = json!({ "current_password": PASSWORD, "new_password": "nine slow rivers north" });
    ada.post("/auth/password", change).await.expect(204);
    let items = ada.get("/notifications").await.expect(200)["items"].clone();
    assert_eq!(texts(&items, "kind"), ["security.password_changed", "security.new_sign_in"]);
    let mails = mail.mails_to(&ada.email, 3).await;
    let mut subjects: Vec<_> = mails.iter().map(Mail::subject).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["Confirm your email address", "New sign-in to your account", "Your password was changed"]);
    let sign_in = mails.iter().find(|mail| mail.subject().starts_with("New sign-in")).expect("the mail");
    assert!(sign_in.text().contains("Fox/126.0.6478") && sign_in.header("List-Unsubscribe").is_none());
}
