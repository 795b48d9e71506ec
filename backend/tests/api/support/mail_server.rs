//! A real SMTP server (tests/smtp/server.mjs) and the mails that it has taken.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use mail_parser::MessageParser;
use serde_json::Value;

/// A mail as it stands in the server's log.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub user: Option<String>,
    /// Whether it came over TLS.
    pub secure: bool,
    pub raw: String,
}

impl Mail {
    pub fn subject(&self) -> String {
        self.parsed(|mail| mail.subject().map(str::to_owned))
    }

    pub fn message_id(&self) -> String {
        self.parsed(|mail| mail.message_id().map(str::to_owned))
    }

    pub fn text(&self) -> String {
        self.parsed(|mail| mail.body_text(0).map(std::borrow::Cow::into_owned))
    }

    pub fn html(&self) -> String {
        self.parsed(|mail| mail.body_html(0).map(std::borrow::Cow::into_owned))
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let mail = MessageParser::default().parse(self.raw.as_bytes()).expect("a message");
        mail.header_raw(name).map(|value| value.trim().replace("\r\n", ""))
    }

    /// The token of the link to `path`.
    pub fn token(&self, path: &str) -> String {
        let text = self.text();
        let after = text.split(&format!("/{path}?token=")).nth(1).unwrap_or_else(|| panic!("no link in {text}"));
        after.split_whitespace().next().expect("a token").to_owned()
    }

    fn parsed(&self, read: impl Fn(&mail_parser::Message<'_>) -> Option<String>) -> String {
        let mail = MessageParser::default().parse(self.raw.as_bytes()).expect("a message");
        read(&mail).unwrap_or_else(|| panic!("not in {}", self.raw))
    }
}

/// How a server speaks TLS, and the files with its certificate and key.
#[derive(Debug, Clone)]
pub struct Tls {
    pub from_the_start: bool,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub struct MailServer {
    process: Child,
    pub port: u16,
    log: PathBuf,
    tls: Option<Tls>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_file(&self.log);
    }
}

impl MailServer {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    pub fn start_with(tls: Option<Tls>) -> Self {
        let log = std::env::temp_dir().join(format!("todo-mail-{}.jsonl", uuid::Uuid::now_v7()));
        fs::write(&log, "").expect("a log");
        let (process, port) = Self::launch(&log, 0, tls.as_ref());
        Self { process, port, log, tls }
    }

    fn launch(log: &Path, port: u16, tls: Option<&Tls>) -> (Child, u16) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp/server.mjs");
        let mut command = Command::new("node");
        if let Some(tls) = tls {
            command.env("CERTIFICATE", &tls.certificate).env("KEY", &tls.key);
            command.env("MODE", if tls.from_the_start { "tls" } else { "starttls" });
        }
        let mut process = command
            .arg(script)
            .arg(log)
            .arg(port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node; scripts/with-services.sh installs what the server needs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        (process, line.trim().parse().expect("a port: is backend/tests/smtp installed (scripts/ensure.sh smtp)?"))
    }

    /// Ends it at once, with whatever it was doing.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) {
        self.kill();
        (self.process, self.port) = Self::launch(&self.log, self.port, self.tls.as_ref());
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    pub fn mails(&self) -> Vec<Mail> {
        let log = fs::read_to_string(&self.log).expect("the log");
        let lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        lines
            .map(|line| {
                let line: Value = serde_json::from_str(line).expect("JSON");
                Mail {
                    to: line["to"][0].as_str().expect("a recipient").to_owned(),
                    user: line["user"].as_str().map(str::to_owned),
                    secure: line["secure"].as_bool().expect("said"),
                    raw: line["raw"].as_str().expect("a message").to_owned(),
                }
            })
            .collect()
    }

    /// The mails to somebody, as soon as there are `count`.
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<Mail> {
        for _ in 0..400 {
            let mails: Vec<_> = self.mails().into_iter().filter(|mail| mail.to == address).collect();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{address} has not got {count} mails but: {:#?}", self.mails());
    }
}
