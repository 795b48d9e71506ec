//! The category of a delivery's error. Only the text is stored, as answered by a mail server, receiver or the network; the category is for
//! readers of other languages.

use serde::Serialize;
use sqlx::{Decode, Postgres, Type, error::BoxDynError, postgres::PgTypeInfo};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryErrorKind {
    /// Permanent.
    Refused,
    /// The URL leads to a forbidden address.
    Blocked,
    /// The name in the URL is unknown, or leads to no public address.
    NotFound,
    /// Not accepted; may succeed later.
    Busy,
    Unreachable,
    /// The connection broke before the answer: it may have arrived.
    Unanswered,
    Other,
}

impl DeliveryErrorKind {
    /// Recognised by the prefixes that [`super::SendError`] and its callers write, and by words that libraries and systems use.
    pub fn of(text: &str) -> Self {
        const UNREACHABLE: [&str; 8] =
            ["connect", "dns", "lookup", "resolve", "network", "refused", "timed out", "took too long"];
        let text = text.to_lowercase();
        let begins = |beginnings: &[&str]| beginnings.iter().any(|one| text.starts_with(one));
        match () {
            () if begins(&["permanent error", "the receiver wants no more"]) => Self::Refused,
            () if begins(&["transient error", "the receiver answered"]) => Self::Busy,
            () if begins(&["leads to an address that is not public"]) => Self::Blocked,
            () if text.contains("leads to no public address") => Self::NotFound,
            () if begins(&["no answer"]) => Self::Unanswered,
            () if UNREACHABLE.iter().any(|word| text.contains(word)) => Self::Unreachable,
            () => Self::Other,
        }
    }
}

impl Type<Postgres> for DeliveryErrorKind {
    fn type_info() -> PgTypeInfo {
        <&str as Type<Postgres>>::type_info()
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        <&str as Type<Postgres>>::compatible(info)
    }
}

impl<'r> Decode<'r, Postgres> for DeliveryErrorKind {
    fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::of(<&str as Decode<Postgres>>::decode(value)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::FieldProblem, outbox::SendError, webhooks::guard::LeadsNowhere};

    #[test]
    fn each_error_has_its_kind() {
        for (text, kind) in [
            ("permanent error (550): 5.1.1 mailbox unavailable", DeliveryErrorKind::Refused),
            ("transient error (451): try again later", DeliveryErrorKind::Busy),
            ("Connection error: Connection refused (os error 111)", DeliveryErrorKind::Unreachable),
            ("the receiver wants no more messages (410 Gone)", DeliveryErrorKind::Refused),
            ("the receiver answered 503 Service Unavailable", DeliveryErrorKind::Busy),
            ("failed to lookup address information", DeliveryErrorKind::Unreachable),
            ("the mail cannot be written", DeliveryErrorKind::Other),
            (&FieldProblem::UrlNotPublic.to_string(), DeliveryErrorKind::Blocked),
            (&LeadsNowhere.to_string(), DeliveryErrorKind::NotFound),
            (
                &SendError::Unacknowledged("Connection reset by peer (os error 104)".to_owned()).to_string(),
                DeliveryErrorKind::Unanswered,
            ),
        ] {
            assert_eq!(DeliveryErrorKind::of(text), kind, "{text}");
        }
    }
}
