//! A letter as a message: headers and both forms of the text.

use anyhow::Context;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::letter::Letter;

/// A letter with what stands on its envelope.
pub struct Outgoing<'a> {
    /// Of the delivery: the Message-ID is made from it, so it stays the same over every attempt.
    pub id: Uuid,
    pub name: Option<&'a str>,
    pub address: &'a str,
    pub letter: &'a Letter,
    /// Where a POST ends mails of this kind, without a sign-in (RFC 8058).
    pub unsubscribe_url: Option<&'a str>,
}

pub fn build(from: &Mailbox, mail: &Outgoing<'_>) -> anyhow::Result<Message> {
    let address = mail.address.parse().with_context(|| format!("{:?} is not an address", mail.address))?;
    let to = Mailbox::new(mail.name.map(str::to_owned), address);
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(mail.letter.subject.as_str())
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date_now()
        // No answering machine is to answer (RFC 3834; the second is what Exchange heeds).
        .raw_header(raw("Auto-Submitted", "auto-generated")?)
        .raw_header(raw("X-Auto-Response-Suppress", "All")?);
    if let Some(url) = mail.unsubscribe_url {
        builder = builder
            .raw_header(raw("List-Unsubscribe", &format!("<{url}>"))?)
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
    }
    let body = MultiPart::alternative_plain_html(mail.letter.text.clone(), mail.letter.html.clone());
    Ok(builder.multipart(body)?)
}

fn raw(name: &str, value: &str) -> anyhow::Result<HeaderValue> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| anyhow::anyhow!("{name} is not a header"))?;
    Ok(HeaderValue::new(name, value.to_owned()))
}
