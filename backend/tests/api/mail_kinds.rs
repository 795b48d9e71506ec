//! A mail of every kind in both languages: its headers, its link, its texts. Each is kept under `target/tmp/mails/` as the page
//! that a reader sees, for looking at.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{auth::AccountMail, db::MIGRATOR, notifications::NotificationKind};
use uuid::Uuid;

use crate::support::{Mail, MailServer, TestApp};

const URL: &str = "https://todo.example.org";

/// What a delivery of the kind carries. A new kind needs its own here.
fn payload(kind: NotificationKind, project_id: Uuid, task_id: Uuid) -> Value {
    let task = json!({ "actor": "Ada", "project": "Spring 春", "project_id": project_id, "task": "Write <it> & send", "task_id": task_id });
    let project = json!({ "actor": "Ada", "project": "Spring 春", "project_id": project_id });
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        base
    };
    let two = json!([
        with(task.clone(), json!({ "due_date": "2026-12-01", "section": "overdue" })),
        with(task.clone(), json!({ "task": "Second", "due_at": "2026-12-01T09:30:00Z", "section": "due" }))
    ]);
    match kind {
        NotificationKind::TaskAssigned | NotificationKind::ProjectTaskAdded => task,
        NotificationKind::TaskStatusChanged => with(task, json!({ "from": "todo", "to": "in_progress" })),
        NotificationKind::TaskDueChanged => with(task, json!({ "from": null, "to": "2026-12-01" })),
        NotificationKind::TaskReminder => with(task, json!({ "count": 1, "late": true, "at": "2026-12-01T09:30:00Z" })),
        NotificationKind::TaskDueSoon => with(task, json!({ "count": 1, "due_at": "2026-12-01T09:30:00Z" })),
        NotificationKind::TaskOverdue => json!({ "count": 2, "things": two }),
        NotificationKind::ProjectMemberAdded | NotificationKind::ProjectInvited => {
            with(project, json!({ "role": "editor" }))
        }
        NotificationKind::ProjectChanged => {
            with(project, json!({ "change": "renamed", "from": "Winter", "name": "Spring 春" }))
        }
        NotificationKind::ProjectOwnership => with(project, json!({ "step": "offered" })),
        NotificationKind::DigestNews => json!({ "count": 0 }),
        NotificationKind::DigestWeekly => json!({ "overdue": 1, "due": 1, "done": 0, "things": two }),
        NotificationKind::SystemAnnouncement => {
            json!({ "title": "Maintenance 维护", "text": "First paragraph.\n\nSecond <paragraph>." })
        }
        NotificationKind::ExportReady => json!({ "at": "2026-12-01T09:30:00Z" }),
        NotificationKind::NewSignIn | NotificationKind::PasswordChanged => {
            json!({ "at": "2026-12-01T09:30:00Z", "ip_address": "2001:db8::1", "user_agent": "Fox/127.0" })
        }
    }
}

async fn queue(db: &PgPool, user_id: &str, kind: &str, payload: &Value) {
    sqlx::query(
        "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload)
         VALUES (gen_random_uuid(), $1, $2, 'mail', $1, $2::uuid, $3)",
    )
    .bind(kind)
    .bind(user_id)
    .bind(payload)
    .execute(db)
    .await
    .expect("queued");
}

fn keep(language: &str, kind: &str, mail: &Mail) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("mails");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{language}-{kind}.html")), mail.html()).expect("written");
    std::fs::write(folder.join(format!("{language}-{kind}.txt")), mail.text()).expect("written");
}

fn is_chinese(text: &str) -> bool {
    text.chars().filter(|letter| ('\u{4e00}'..='\u{9fff}').contains(letter)).count() > 8
}

fn check(language: &str, kind: &str, mail: &Mail) {
    let (text, html) = (mail.text(), mail.html());
    assert!(mail.message_id().ends_with("@todo.example.org"), "{}", mail.message_id());
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"), "{kind}");
    assert!(mail.header("Date").is_some() && mail.header("From").is_some(), "{kind}");
    assert_eq!(is_chinese(&text), language == "zh-CN", "{kind}: {text}");
    let code = format!("<html lang=\"{language}\">");
    assert!(html.contains(&code), "{kind}");
    for form in [&text, &html] {
        assert!(form.contains(URL), "{kind} has no link: {form}");
        assert!(!form.contains("{{") && !form.contains("null") && !form.contains("undefined"), "{kind}: {form}");
    }
    assert!(!html.contains("<it>") && !html.contains("<paragraph>"), "{kind}: what people wrote is escaped");
    let is_account = AccountMail::of_kind(kind).is_some();
    let unsubscribe = mail.header("List-Unsubscribe");
    assert_eq!(unsubscribe.is_none(), is_account, "{kind}: {unsubscribe:?}");
    assert_eq!(text.contains("/unsubscribe?token="), !is_account, "{kind}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_mail_kind_renders_in_both_languages(db: PgPool) {
    let mail = MailServer::start();
    let variables =
        [("PUBLIC_URL", URL), ("MAIL_FROM", "todo@todo.example.org"), ("RATE_LIMIT_MAIL_PER_RECIPIENT", "off")];
    let app = TestApp::start_with_mail(db.clone(), &mail, &variables).await;
    for language in ["en", "zh-CN"] {
        let lin = app.person("Lin").await;
        let set = json!({ "language": language, "time_zone": "Asia/Shanghai" });
        lin.patch("/users/me", set).await.expect(200);
        let confirm = mail.mails_to(&lin.email, 1).await;
        let mut kinds: Vec<_> = NotificationKind::ALL.map(NotificationKind::as_str).to_vec();
        for kind in NotificationKind::ALL {
            queue(&db, &lin.id, kind.as_str(), &payload(kind, Uuid::now_v7(), Uuid::now_v7())).await;
        }
        queue(&db, &lin.id, AccountMail::ResetPassword.as_str(), &json!({})).await;
        queue(&db, &lin.id, AccountMail::ConfirmEmail.as_str(), &json!({})).await;
        kinds.extend([AccountMail::ResetPassword.as_str(), AccountMail::ConfirmEmail.as_str()]);
        for mail in [AccountMail::DeletionRequested, AccountMail::DeletionSoon] {
            queue(&db, &lin.id, mail.as_str(), &json!({ "at": "2026-12-01T09:30:00Z" })).await;
            kinds.push(mail.as_str());
        }
        let got = mail.mails_to(&lin.email, kinds.len() + confirm.len()).await;
        let sent: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, kind FROM deliveries WHERE user_id = $1::uuid AND event_key = kind")
                .bind(&lin.id)
                .fetch_all(&db)
                .await
                .expect("rows");
        assert_eq!(sent.len(), kinds.len());
        for (id, kind) in sent {
            let one = got.iter().find(|mail| mail.message_id().starts_with(&id.to_string()));
            let one = one.unwrap_or_else(|| panic!("{kind} was not sent"));
            check(language, &kind, one);
            keep(language, &kind, one);
        }
    }
}
