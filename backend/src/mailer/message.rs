//! A mail as a message: headers and both parts.

use anyhow::Context;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::templates::{MailBody, one_line};
use crate::id::DeliveryId;

/// A mail's body with its envelope.
pub struct Outgoing<'a> {
    /// The delivery's id: the Message-ID is derived from it, so it stays the same for every attempt.
    pub id: DeliveryId,
    pub name: Option<&'a str>,
    pub address: &'a str,
    pub body: &'a MailBody,
    /// Where a POST unsubscribes without a sign-in (RFC 8058).
    pub unsubscribe_url: Option<&'a str>,
}

pub fn build(from: &Mailbox, mail: &Outgoing<'_>) -> anyhow::Result<Message> {
    let address = mail.address.parse().with_context(|| format!("{:?} is not an address", mail.address))?;
    let name = mail.name.map(one_line).filter(|name| !name.is_empty());
    let to = Mailbox::new(name, address);
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&mail.body.subject))
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date_now()
        // Prevents automatic replies (RFC 3834; the second is for Exchange).
        .raw_header(raw("Auto-Submitted", "auto-generated")?)
        .raw_header(raw("X-Auto-Response-Suppress", "All")?);
    if let Some(url) = mail.unsubscribe_url {
        builder = builder
            .raw_header(raw("List-Unsubscribe", &format!("<{url}>"))?)
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
    }
    let body = MultiPart::alternative_plain_html(mail.body.text.clone(), mail.body.html.clone());
    Ok(builder.multipart(body)?)
}

fn raw(name: &str, value: &str) -> anyhow::Result<HeaderValue> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| anyhow::anyhow!("{name} is not a header"))?;
    Ok(HeaderValue::new(name, one_line(value)))
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;
    use crate::id::Id;

    fn body_of(subject: &str) -> MailBody {
        MailBody { subject: subject.to_owned(), text: "Hello".to_owned(), html: "<p>Hello</p>".to_owned() }
    }

    #[test]
    fn whatever_a_name_or_a_subject_is_it_makes_one_header_and_no_panic() {
        let from = "Todo <todo@example.org>".parse().expect("a sender");
        let long = "x".repeat(1000);
        let spaced = "a ".repeat(500);
        let wide = "林".repeat(300);
        for text in [
            "Lin\r\nBcc: all@example.org",
            "Lin\nBcc: all@example.org",
            "\r",
            "\n\n",
            "Lin\0\u{7f}\u{85}\u{2028}x",
            "\"Lin\" <lin@example.org>, \\",
            "=?utf-8?b?TGlu?=",
            "",
            " ",
            &long,
            &spaced,
            &wide,
        ] {
            let mail = Outgoing {
                id: Id::nil(),
                name: Some(text),
                address: "lin@example.org",
                body: &body_of(text),
                unsubscribe_url: Some(&format!("https://todo.example.org/{text}")),
            };
            let message = build(&from, &mail).expect("a message").formatted();
            let parsed = MessageParser::default().parse(&message).expect("readable");
            assert!(parsed.bcc().is_none(), "{text:?}");
            let to = parsed.to().expect("a recipient");
            assert_eq!(to.iter().count(), 1, "{text:?}");
            assert_eq!(to.first().and_then(|to| to.address()), Some("lin@example.org"), "{text:?}");
        }
    }
}
