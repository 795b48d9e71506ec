//! People who are told of something, and what reaches them by mail.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;

use super::{Mail, MailServer, Person, TestApp};

/// Ada, and Bob whose address is confirmed and who gets mails in `language`; they share a project.
pub async fn two_who_share(app: &TestApp, db: &PgPool, language: &str) -> (Person, Person, String) {
    let ada = app.person("Ada").await;
    let bob = app.person("Bob").await;
    bob.patch("/users/me", json!({ "language": language })).await.expect(200);
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(db).await.expect("confirmed");
    let project = ada.project("Spring").await;
    ada.add_member(&project, &bob, "editor").await;
    (ada, bob, project)
}

/// Those mails that were made from notifications, as soon as there are `count`.
pub async fn notices(mail: &MailServer, bob: &Person, count: usize) -> Vec<Mail> {
    for _ in 0..400 {
        let mails = mail.mails().into_iter();
        let mails: Vec<_> =
            mails.filter(|mail| mail.to == bob.email && mail.header("List-Unsubscribe").is_some()).collect();
        if mails.len() >= count {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!(
        "{} has not got {count} notices but {:?}",
        bob.email,
        mail.mails().iter().map(Mail::subject).collect::<Vec<_>>()
    );
}
