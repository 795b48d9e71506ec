//! What was sent, waits or was given up: seen by whom it concerns, and tried again.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use todo::db::MIGRATOR;
use uuid::Uuid;

use crate::support::{
    Mail, MailServer, PASSWORD, Person, TestApp, administrator, id_of, notices, two_who_share, until,
};

async fn register(app: &TestApp, email: &str) -> Person {
    Person::register(app, json!({ "email": email, "password": PASSWORD, "name": "Lin" })).await
}

async fn first(person: &Person, path: &str) -> Value {
    person.get(path).await.expect(200)["items"][0].clone()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn users_see_their_deliveries_without_secrets(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    mail.mails_to(&ada.email, 1).await;
    app.post("/api/v1/auth/password-reset", json!({ "email": ada.email })).await.expect(202);
    let reset = mail.mails_to(&ada.email, 2).await;
    until("both are sent", async || {
        let items = ada.get("/deliveries").await.expect(200)["items"].clone();
        items.as_array().is_some_and(|items| items.len() == 2 && items.iter().all(|item| item["state"] == "sent"))
    })
    .await;
    let page = ada.get("/deliveries?limit=1").await.expect(200);
    let newest = &page["items"][0];
    assert_eq!((&newest["kind"], &newest["channel"]), (&json!("account.reset_password"), &json!("mail")));
    assert_eq!((&newest["subject"], &newest["address"]), (&json!("Choose a new password"), &json!(ada.email)));
    assert!(newest["sent_at"].is_string() && newest["due_at"].is_null() && newest["error"].is_null(), "{newest:#}");
    assert_eq!(newest["attempts"], 1);
    let rest = ada.get(format!("/deliveries?cursor={}", page["next_cursor"].as_str().expect("more"))).await.expect(200);
    assert_eq!(rest["items"][0]["kind"], "account.confirm_email");
    assert!(rest["next_cursor"].is_null() && rest["items"].as_array().is_some_and(|items| items.len() == 1));
    for token in [reset[0].text(), reset[1].text()].iter().filter_map(|text| text.split("token=").nth(1)) {
        let token = token.split_whitespace().next().expect("a token");
        assert!(!page.to_string().contains(token) && !rest.to_string().contains(token), "links are not shown");
    }
    let theirs = bob.get("/deliveries").await.expect(200);
    assert!(!theirs.to_string().contains(&ada.email), "{theirs:#}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn parked_delivery_is_retried_from_scratch(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let root = administrator(&app).await;
    let lin = register(&app, "refused@example.org").await;
    until("parked", async || first(&lin, "/deliveries").await["state"] == "parked").await;
    let parked = first(&root, "/admin/deliveries?state=parked&channel=mail&kind=account.confirm_email").await;
    assert_eq!((&parked["recipient"], &parked["user_id"]), (&json!(lin.email), &json!(lin.id)));
    assert!(parked["last_error"].as_str().is_some_and(|error| error.contains("no such person")), "{parked:#}");
    assert!(parked["next_attempt_at"].is_null() && first(&lin, "/deliveries").await["error"].is_string());
    let ready = app.get("/health/ready").await.expect(200);
    assert_eq!(ready["deliveries"]["parked"], 1, "{ready:#}");
    let report = root.get("/admin/doctor").await.expect(200);
    let check = report["items"].as_array().expect("checks").iter().find(|item| item["id"] == "deliveries");
    let check = check.expect("the check");
    assert_eq!((&check["cause"], &check["parameters"]["count"]), (&json!("deliveries_parked"), &json!(1)));

    // Whoever was refused has another address by now, whose server is busy at first: that is an attempt like any, though the
    // mail is older than what is given up by its age.
    sqlx::query("UPDATE users SET email = 'busy@example.net' WHERE email = $1")
        .bind(&lin.email)
        .execute(&db)
        .await
        .expect("");
    let old = "UPDATE deliveries SET created_at = now() - interval '5 days' WHERE state = 'parked'";
    sqlx::query(old).execute(&db).await.expect("an old one");
    let retry = format!("/admin/deliveries/{}/retry", id_of(&parked));
    let retried = root.post(&retry, json!({})).await.expect(200);
    assert_eq!((&retried["state"], &retried["attempts"]), (&json!("pending"), &json!(0)));
    mail.mails_to("busy@example.net", 1).await;
    until("sent", async || first(&lin, "/deliveries").await["state"] == "sent").await;
    let sent = first(&lin, "/deliveries").await;
    assert_eq!((&sent["attempts"], &sent["address"]), (&json!(2), &json!("busy@example.net")));
    root.post(&retry, json!({})).await.expect_fields(409, &["state"]);
    root.post(format!("/admin/deliveries/{}/retry", Uuid::now_v7()), json!({})).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn all_matching_deliveries_can_be_retried(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let root = administrator(&app).await;
    let refused = [register(&app, "refused1@example.org").await, register(&app, "refused2@example.org").await];
    for lin in &refused {
        until("parked", async || first(lin, "/deliveries").await["state"] == "parked").await;
    }
    let retry = async |which: Value| root.post("/admin/deliveries/retry", which).await.expect(200)["retried"].clone();
    assert_eq!(retry(json!({ "kind": "task.assigned" })).await, 0);
    assert_eq!(retry(json!({ "channel": "webhook" })).await, 0);
    sqlx::query("UPDATE users SET email = 'fine-' || email").execute(&db).await.expect("other addresses");
    assert_eq!(retry(json!({ "kind": "account.confirm_email" })).await, 2);
    for lin in &refused {
        mail.mails_to(&format!("fine-{}", lin.email), 1).await;
    }
    assert_eq!(retry(json!({})).await, 0);
    root.post("/admin/deliveries/retry", json!({ "channel": "pigeon" })).await.expect_fields(422, &["channel"]);
    root.get("/admin/deliveries?state=lost").await.expect_fields(422, &["state"]);
}

/// Others can cause as many mails as they like: those of one person are put off together, and neither what time brings them nor anybody else waits.
#[sqlx::test(migrator = "MIGRATOR")]
async fn mails_above_a_recipients_limit_are_postponed_together(db: PgPool) {
    let mail = MailServer::start();
    let app =
        TestApp::start_with(db.clone(), &[("SMTP_URL", &mail.url()), ("RATE_LIMIT_MAIL_PER_RECIPIENT", "2/1h")]).await;
    let lin = app.person("Lin").await;
    let insert = "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload, priority, state, sent_at)
                  SELECT gen_random_uuid(), $2 || n, $1, 'mail', $2, $1::uuid, '{}', 1, $3, CASE $3 WHEN 'sent' THEN now() END
                  FROM generate_series(1, $4) AS n";
    for (kind, state, count) in
        [("task.assigned", "sent", 2), ("task.status_changed", "pending", 300), ("task.reminder", "pending", 1)]
    {
        sqlx::query(insert).bind(&lin.id).bind(kind).bind(state).bind(count).execute(&db).await.expect("rows");
    }
    app.spawn_worker();
    let put_off = async |kind: &str| {
        let count = "SELECT count(*) FROM deliveries WHERE kind = $1 AND claim IS NULL AND state = 'pending'
                     AND next_attempt_at > now() + interval '30 minutes'";
        sqlx::query_scalar::<_, i64>(count).bind(kind).fetch_one(&db).await.expect("a count")
    };
    until("they are put off", async || put_off("task.status_changed").await == 300).await;
    let due = "SELECT count(*) FROM deliveries WHERE kind = 'task.reminder' AND state = 'pending' AND claim IS NULL AND attempts = 0";
    until("the reminder has its turn", async || {
        sqlx::query_scalar::<_, i64>(due).fetch_one(&db).await.expect("a count") == 0
    })
    .await;
    assert_eq!(put_off("task.reminder").await, 0);
}

/// Each change stays a notification in the page; of the mails that wait, the newer takes the place of the one before.
#[sqlx::test(migrator = "MIGRATOR")]
async fn waiting_mails_of_a_task_are_merged(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", &mail.url())]).await;
    let (ada, bob, project) = two_who_share(&app, &db, "en").await;
    let all = ["task.status_changed", "task.due_changed"].map(|kind| json!({ "kind": kind, "mail": true }));
    bob.patch("/notification-preferences", json!({ "kinds": all })).await.expect(200);
    let new = async |title: &str| {
        id_of(&ada.task(json!({ "title": title, "project_id": project, "assignee_id": bob.id })).await)
    };
    let (wall, roof) = (new("Wall").await, new("Roof").await);
    let change = async |task: &str, what: Value| {
        ada.patch(format!("/tasks/{task}"), what).await.expect(200);
    };
    let waiting = async || {
        sqlx::query_as::<_, (String, String, Option<String>)>(
            "SELECT payload ->> 'task', kind, payload ->> 'to' FROM deliveries WHERE kind <> 'task.assigned' AND payload ->> 'task_id' IS NOT NULL
             ORDER BY payload ->> 'task', kind, next_attempt_at, id",
        )
        .fetch_all(&db)
        .await
        .expect("mails")
    };
    let set = async |what: &str| {
        let set =
            format!("UPDATE deliveries SET {what} WHERE kind = 'task.status_changed' AND payload ->> 'task' = 'Wall'");
        sqlx::query(AssertSqlSafe(set)).execute(&db).await.expect("set");
    };
    let row = |task: &str, kind: &str, to: &str| (task.to_owned(), kind.to_owned(), Some(to.to_owned()));
    change(&wall, json!({ "status": "in_progress" })).await;
    set("next_attempt_at = now() - interval '1 hour'").await;
    change(&wall, json!({ "status": "done", "due_date": "2026-12-03" })).await;
    change(&roof, json!({ "status": "in_progress" })).await;
    change(&wall, json!({ "due_date": "2026-12-04" })).await;
    let (status, due) = ("task.status_changed", "task.due_changed");
    let expected = [row("Roof", status, "in_progress"), row("Wall", due, "2026-12-04"), row("Wall", status, "done")];
    assert_eq!(waiting().await, expected);
    let is_first_in_turn: bool = sqlx::query_scalar(
        "SELECT next_attempt_at < now() - interval '50 minutes' FROM deliveries WHERE kind = 'task.status_changed' AND payload ->> 'to' = 'done'",
    )
    .fetch_one(&db)
    .await
    .expect("a mail");
    assert!(is_first_in_turn, "it has the turn of the one before");

    // One that a worker has, or has had, says what it said.
    set("claim = gen_random_uuid()").await;
    change(&wall, json!({ "status": "todo" })).await;
    assert_eq!(waiting().await[2..], [row("Wall", status, "done"), row("Wall", status, "todo")]);
    set("claim = NULL, attempts = 1").await;
    change(&wall, json!({ "status": "cancelled" })).await;
    change(&wall, json!({ "status": "in_progress" })).await;
    let last = [row("Wall", status, "done"), row("Wall", status, "todo"), row("Wall", status, "in_progress")];
    assert_eq!(waiting().await[2..], last);

    let told = bob.get("/notifications").await.expect(200);
    let statuses = told["items"].as_array().expect("a list").iter().filter(|one| one["kind"] == status).count();
    assert_eq!(statuses, 6, "{told:#}");
    app.spawn_worker();
    let subjects: Vec<_> = notices(&mail, &bob, 8).await.iter().map(Mail::subject).collect();
    assert_eq!(subjects.iter().filter(|subject| subject.contains("Wall")).count(), 5, "{subjects:?}");
}
