//! Field errors from garde (our rules) and serde (structure and types).

use std::borrow::Cow;
use std::fmt::Display;

use garde::{
    I18n, Validate,
    i18n::{DefaultI18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind},
    with_i18n,
};

use crate::error::{ApiError, FieldError, FieldProblem};

/// Refuses violations of the rules declared on the fields.
pub fn check<T: Validate<Context = ()>>(value: &T) -> Result<(), ApiError> {
    let report = with_i18n(Codes, || value.validate());
    report.map_err(|report| {
        let errors = report.iter().map(|(path, error)| of_text(path.to_string(), error.message(), OTHER_RULE));
        ApiError::Validation(errors.collect())
    })
}

/// From serde; `path` is the location, `.` the whole.
pub fn of_serde(path: &str, message: &str) -> FieldError {
    // A missing field is reported at its parent; the message contains its name.
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return FieldError::new(field, FieldProblem::Required);
    }
    of_text(if path == "." { "body" } else { path }, message, problem_of(message))
}

/// The prefixes are those of the default methods of `serde::de::Error`; everything else comes from a parser.
fn problem_of(message: &str) -> FieldProblem {
    match message {
        _ if message.starts_with("unknown variant ") => FieldProblem::UnknownValue { allowed: expected(message) },
        _ if message.starts_with("invalid type: ") => FieldProblem::WrongType,
        _ if message.starts_with("invalid value: ") || message.starts_with("invalid length ") => {
            FieldProblem::InvalidValue
        }
        _ if message.starts_with("unknown field ") => FieldProblem::UnknownField,
        _ if message.starts_with("duplicate field ") => FieldProblem::DuplicateField,
        _ => FieldProblem::InvalidFormat,
    }
}

/// "…, expected one of `todo`, `done`". The input comes before it and may contain "expected" too.
fn expected(message: &str) -> String {
    let list = message.rsplit_once(", expected ").map_or("", |(_, list)| list);
    list.trim_start_matches("one of ").replace(" or ", ", ").replace('`', "")
}

const OTHER_RULE: FieldProblem = FieldProblem::InvalidValue;

/// Our own checks encode the problem in the text.
fn of_text(field: impl Into<String>, text: &str, other: FieldProblem) -> FieldError {
    match FieldProblem::decode(text) {
        Some(problem) => FieldError::new(field, problem),
        None => FieldError::with_message(field, &other, text),
    }
}

/// garde rules with their own code.
struct Codes;

fn encoded(problem: &FieldProblem) -> Cow<'static, str> {
    problem.encode().into()
}

/// Bounds of ranges are small integers; they arrive as text.
fn bound(bound: &dyn Display) -> i64 {
    bound.to_string().parse().unwrap_or_default()
}

impl I18n for Codes {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        encoded(&FieldProblem::TooShort { min })
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        encoded(&FieldProblem::TooLong { max })
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        encoded(&FieldProblem::TooSmall { min: bound(min) })
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        encoded(&FieldProblem::TooLarge { max: bound(max) })
    }

    fn email_invalid(&self, _: InvalidEmail) -> Cow<'static, str> {
        encoded(&FieldProblem::InvalidEmail)
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        encoded(&FieldProblem::Required)
    }

    fn credit_card_invalid(&self, reason: InvalidCreditCard) -> Cow<'static, str> {
        DefaultI18n.credit_card_invalid(reason)
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        DefaultI18n.pattern_no_match(pattern)
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        DefaultI18n.contains_missing(pattern)
    }

    fn url_invalid(&self, reason: InvalidUrl) -> Cow<'static, str> {
        DefaultI18n.url_invalid(reason)
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        DefaultI18n.prefix_missing(pattern)
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        DefaultI18n.suffix_missing(pattern)
    }

    fn phone_number_invalid(&self, reason: InvalidPhoneNumber) -> Cow<'static, str> {
        DefaultI18n.phone_number_invalid(reason)
    }

    fn ip_invalid(&self, kind: IpKind) -> Cow<'static, str> {
        DefaultI18n.ip_invalid(kind)
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        DefaultI18n.matches_field_mismatch(field)
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        DefaultI18n.ascii_invalid()
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        DefaultI18n.alphanumeric_invalid()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        Todo,
        InProgress,
        Done,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it never becomes one")]
    struct Input {
        status: Status,
        count: u8,
        id: Option<uuid::Uuid>,
        day: Option<chrono::NaiveDate>,
    }

    /// serde and serde_json may reword these in later versions.
    #[test]
    fn what_serde_says_is_known() {
        for (json, expected) in [
            (r#"{"status":"todo"}"#, FieldProblem::Required),
            (r#"{"status":"todo","count":1,"x":2}"#, FieldProblem::UnknownField),
            (r#"{"status":"todo","status":"todo"}"#, FieldProblem::DuplicateField),
            (r#"{"count":"1"}"#, FieldProblem::WrongType),
            (r#"{"count":null}"#, FieldProblem::WrongType),
            (r#"{"count":256}"#, FieldProblem::InvalidValue),
            (r#"{"id":"1"}"#, FieldProblem::InvalidFormat),
            (r#"{"day":"2026-02-30"}"#, FieldProblem::InvalidFormat),
            (
                r#"{"status":"x, expected `y`"}"#,
                FieldProblem::UnknownValue { allowed: "todo, in_progress, done".to_owned() },
            ),
        ] {
            let error = serde_json::from_str::<Input>(json).expect_err(json).to_string();
            let message = error.rsplit_once(" at line ").map_or(error.as_str(), |(message, _)| message);
            let (found, wanted) = (of_serde(".", message), FieldError::new("", expected));
            assert_eq!((found.code, found.params), (wanted.code, wanted.params), "{json}: {message}");
        }
    }
}
