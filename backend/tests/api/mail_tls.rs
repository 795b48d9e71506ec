//! Mail over TLS: from the start and after STARTTLS, with an authority of one's own, and never without when it is required.

use std::path::{Path, PathBuf};

use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{MailServer, TestApp, Tls};

/// A server's certificate for this machine that no public authority knows; gone with its folder.
struct OwnCertificate {
    folder: PathBuf,
}

impl OwnCertificate {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("todo-tls-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).expect("a folder");
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        std::fs::write(folder.join("certificate.pem"), made.cert.pem()).expect("written");
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    fn server(&self, from_the_start: bool) -> MailServer {
        MailServer::start_with(Some(Tls { from_the_start, certificate: self.path(), key: self.folder.join("key.pem") }))
    }
}

impl Drop for OwnCertificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A server that sends to `url`, its worker, and somebody whose address is to be confirmed.
async fn register(db: PgPool, url: &str, authority: Option<&Path>) -> (TestApp, String) {
    let mut variables = vec![("SMTP_URL", url), ("SMTP_USERNAME", "todo"), ("SMTP_PASSWORD", "right")];
    let authority = authority.map(|path| path.to_str().expect("a path").to_owned());
    variables.extend(authority.as_deref().map(|path| ("SMTP_CA_FILE", path)));
    let app = TestApp::start_with(db, &variables).await;
    app.spawn_worker();
    let email = app.person("Ada").await.email;
    (app, email)
}

async fn last_error(db: &PgPool) -> String {
    for _ in 0..400 {
        let found: Option<String> =
            sqlx::query_scalar("SELECT last_error FROM deliveries WHERE last_error IS NOT NULL")
                .fetch_optional(db)
                .await
                .expect("an answer");
        if let Some(error) = found {
            return error;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no error");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn mail_is_sent_over_implicit_tls(db: PgPool) {
    let certificate = OwnCertificate::new();
    let mail = certificate.server(true);
    let url = format!("smtps://127.0.0.1:{}", mail.port);
    let (_app, email) = register(db, &url, Some(&certificate.path())).await;
    let got = mail.mails_to(&email, 1).await;
    assert_eq!((got[0].secure, got[0].user.as_deref()), (true, Some("todo")));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn mail_is_sent_over_starttls(db: PgPool) {
    let certificate = OwnCertificate::new();
    let mail = certificate.server(false);
    let url = format!("smtp://127.0.0.1:{}?tls=required", mail.port);
    let (_app, email) = register(db, &url, Some(&certificate.path())).await;
    let got = mail.mails_to(&email, 1).await;
    assert_eq!((got[0].secure, got[0].user.as_deref()), (true, Some("todo")));
}

async fn an_unknown_certificate_is_refused(db: PgPool, from_the_start: bool, url: &str) {
    let mail = OwnCertificate::new().server(from_the_start);
    let (_app, _) = register(db.clone(), &url.replace("PORT", &mail.port.to_string()), None).await;
    let error = last_error(&db).await;
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    assert_eq!(mail.mails().len(), 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn untrusted_certificate_is_refused_with_implicit_tls(db: PgPool) {
    an_unknown_certificate_is_refused(db, true, "smtps://127.0.0.1:PORT").await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn untrusted_certificate_is_refused_with_starttls(db: PgPool) {
    an_unknown_certificate_is_refused(db, false, "smtp://127.0.0.1:PORT?tls=required").await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn required_starttls_is_enforced(db: PgPool) {
    let mail = MailServer::start();
    let (_app, _) = register(db.clone(), &format!("{}?tls=required", mail.url()), None).await;
    let error = last_error(&db).await;
    assert!(error.contains("STARTTLS"), "{error}");
    assert_eq!(mail.mails().len(), 0);
}
