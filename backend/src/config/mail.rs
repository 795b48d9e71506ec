use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox, transport::smtp::client::Certificate};
use secrecy::{ExposeSecret, SecretString};

use super::{EnvReader, Rate};

/// Mail settings.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `smtp://`, `smtps://`, or `smtp://…?tls=required` (STARTTLS).
    pub smtp_url: SecretString,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    /// An additional trusted authority: the one that signed the server's certificate.
    pub authority: Option<Certificate>,
    pub from: Mailbox,
    /// Connections of one worker to the SMTP server.
    pub connections: u32,
    /// Above this rate, a recipient's further mails wait.
    pub per_recipient: Rate,
}

const EXPECTED: &str =
    "is not a URL such as smtp://host:587?tls=required (STARTTLS), smtps://host (TLS) or smtp://host:25 (plain)";

/// `None` if no SMTP server is configured: mail is off.
pub fn read(env: &mut EnvReader<'_>) -> Option<MailConfig> {
    let smtp_url = env.secret("SMTP_URL");
    let username = env.text("SMTP_USERNAME");
    let password = env.secret("SMTP_PASSWORD").filter(|password| !password.expose_secret().is_empty());
    let authority = env.text("SMTP_CA");
    let from = env.or("MAIL_FROM", default_sender(), "a sender such as Todo List Plus <todo@example.org>");
    let connections = env.number("SMTP_CONNECTIONS", 4, 1, 100);
    let per_recipient = env.or(
        "RATE_LIMIT_MAIL_PER_RECIPIENT",
        Rate { count: 60, window: std::time::Duration::from_secs(3600) },
        "a rate such as 60/1h, or off",
    );
    let smtp_url = smtp_url?;
    // The library's message may repeat the URL and its password.
    if AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url.expose_secret()).is_err() {
        env.problem("SMTP_URL", EXPECTED);
        return None;
    }
    let authority = authority.and_then(|pem| {
        let certificate = Certificate::from_pem(pem.as_bytes());
        certificate.map_err(|_| env.problem("SMTP_CA", "is not a certificate in PEM form")).ok()
    });
    Some(MailConfig { smtp_url, username, password, authority, from, connections, per_recipient })
}

fn default_sender() -> Mailbox {
    let address = lettre::Address::new("todo", "localhost").unwrap_or_else(|_| unreachable!("a valid address"));
    Mailbox::new(Some("Todo List Plus".to_owned()), address)
}
