//! Field errors: a code for programs, its parameters, and an English sentence built from both.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{EnumIter, IntoEnumIterator};
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

/// One of the field errors in a problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The path of the field, such as `title` or `tags[2]`.
    #[schema(example = "title")]
    pub field: String,
    #[schema(schema_with = code_schema)]
    pub code: String,
    #[schema(schema_with = params_schema)]
    pub params: Map<String, Value>,
    /// The English sentence, which may change.
    #[schema(example = "must have at most 500 characters")]
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, problem: FieldProblem) -> Self {
        Self::with_message(field, &problem, problem.to_string())
    }

    /// If a library's sentence is more specific than ours.
    pub fn with_message(field: impl Into<String>, problem: &FieldProblem, message: impl Into<String>) -> Self {
        let (code, params) = problem.parts();
        Self { field: field.into(), code, params, message: message.into() }
    }
}

/// Every code with its parameters and its sentence (a code without one does not compile). Codes are part of the API: they are added, but
/// never changed. Parameters never repeat input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, EnumIter, thiserror::Error)]
#[serde(tag = "code", content = "params", rename_all = "snake_case")]
pub enum FieldProblem {
    // Any field.
    #[error("is missing")]
    Required,
    #[error("is not a known field")]
    UnknownField,
    #[error("is given twice")]
    DuplicateField,
    #[error("has the wrong type")]
    WrongType,
    #[error("is not an allowed value")]
    InvalidValue,
    #[error("has the wrong format")]
    InvalidFormat,
    #[error("must be one of: {allowed}")]
    UnknownValue { allowed: String },
    #[error("choose one: {choices}")]
    ChooseOne { choices: String },
    #[error("must be at least {min}")]
    TooSmall { min: i64 },
    #[error("must be at most {max}")]
    TooLarge { max: i64 },
    #[error("must have at most {max} items")]
    TooMany { max: usize },
    #[error("is already taken; use another one")]
    Taken,

    // The request as a whole.
    #[error("is not JSON")]
    InvalidJson,
    #[error("is not UTF-8")]
    InvalidEncoding,
    #[error("is incomplete")]
    Incomplete,
    #[error("must have at most {max} bytes")]
    BodyTooLarge { max: usize },
    #[error("must be a version in quotes, such as \"3\"")]
    InvalidVersion,
    #[error("is not a cursor of this list; start again without it")]
    InvalidCursor,
    #[error("belongs to another sort order; start again without it")]
    CursorOfOtherOrder,
    #[error("must be one of: {allowed}; optionally with a leading - for the reverse order")]
    InvalidSort { allowed: String },
    #[error("relevance needs a search (q)")]
    RelevanceNeedsSearch,

    // Texts.
    #[error("must have at least {min} characters")]
    TooShort { min: usize },
    #[error("must have at most {max} characters")]
    TooLong { max: usize },
    #[error("must not be blank: it needs at least one visible character")]
    Blank,
    #[error("must be one line without control characters: remove {character}")]
    NotOneLine { character: String },
    #[error("must not contain control characters: remove {character}")]
    ControlCharacter { character: String },
    #[error("must not change the direction of the text: remove {character}")]
    BidiControl { character: String },
    #[error("must not contain the NUL character")]
    NulCharacter,
    #[error("must be visible text without control characters")]
    InvalidCharacters,
    #[error("must not contain a comma")]
    ContainsComma,
    #[error("must be an email address such as anna@example.org")]
    InvalidEmail,
    #[error("must be a colour such as #3b82f6")]
    InvalidColor,

    // Time.
    #[error("must be an IANA time zone such as Asia/Shanghai")]
    InvalidTimeZone,
    #[error("must be times such as 22:00")]
    InvalidTime,
    #[error("must be a day such as 2026-12-01 or an instant such as 2026-12-01T08:00:00Z")]
    InvalidDate,
    #[error("must be between the years {min} and {max}")]
    YearOutOfRange { min: i32, max: i32 },
    #[error("is in the past")]
    InThePast,
    #[error("must end at a different time than they start")]
    EmptyPeriod,

    // Accounts and passwords.
    #[error("is too common or easy to guess; use a few unrelated words")]
    PasswordTooCommon,
    #[error("is not your password")]
    WrongPassword,
    #[error("was changed in the meantime")]
    PasswordChanged,
    #[error("is required: the one you registered with")]
    RegistrationPasswordRequired,
    #[error("is not the one you registered with")]
    WrongRegistrationPassword,
    #[error("already has an account; sign in instead")]
    AccountExists,
    #[error("now belongs to another account")]
    EmailTaken,
    #[error("is already your address")]
    SameEmail,
    #[error("is no longer valid; request a new mail")]
    LinkExpired,
    #[error("is not the code printed by the server")]
    WrongSetupCode,
    #[error("is true for no other account that can sign in; make another account an administrator first")]
    LastAdministrator,
    #[error("need a new owner first: they have other members")]
    SharedProjectsNeedOwner,
    #[error("lists a project twice")]
    ProjectNamedTwice,
    #[error("lists a project that you do not own or do not share")]
    NotYourSharedProject,
    #[error("must say what happens to each project that you share")]
    SharedProjectLeftOut,
    #[error("names a person who is not a member of the project")]
    NewOwnerNotMember,

    // Projects, members and invitations.
    #[error("cannot be changed for the Inbox")]
    FixedForInbox,
    #[error("is not one of your projects")]
    NotYourProject,
    #[error("is not another of your projects")]
    NotAnotherProject,
    #[error("is not a member of the project")]
    NotMember,
    #[error("is already a member")]
    AlreadyMember,
    #[error("has already been invited; send the invitation again, or revoke it first")]
    AlreadyInvited,
    #[error("is already the owner")]
    AlreadyOwner,
    #[error("is a disabled account")]
    AccountDisabled,
    #[error("is an account that is about to be deleted")]
    AccountToBeDeleted,
    #[error("is no longer valid; ask for a new invitation")]
    InvitationExpired,
    #[error("has already been used; sign in with the account that used it, or ask for a new invitation")]
    InvitationUsed,
    #[error("is not possible: you have blocked the maximum number of people; unblock some first")]
    TooManyBlocked,

    // Tasks, tags and reminders.
    #[error("is not one of your tasks")]
    NotYourTask,
    #[error("is not in the same project")]
    NotInProject,
    #[error("is the task itself")]
    SameTask,
    #[error("is a subtask; subtasks are one level deep")]
    ParentIsSubtask,
    #[error("cannot be set: this task has subtasks")]
    HasSubtasks,
    #[error("sets all tags: leave out `add_tags` and `remove_tags`")]
    TagsAndTagChanges,
    #[error("is too many: a task can have at most {max} tags")]
    TooManyTags { max: usize },
    #[error("is the name of another tag in this project")]
    TagNameTaken,
    #[error("are limited to {max} for a task and person")]
    TooManyReminders { max: i64 },
    #[error("is a date that the task does not have")]
    TaskLacksDate,

    // Mail and webhooks.
    #[error("security mails cannot be switched off")]
    SecurityMailRequired,
    #[error("digests are sent by mail only")]
    DigestIsMailOnly,
    #[error("must have at least one language")]
    LanguageRequired,
    #[error("is not parked: only deliveries that were given up can be retried")]
    NotParked,
    #[error("is not a URL such as https://hooks.example.org/todo")]
    InvalidUrl,
    #[error("must begin with https://")]
    UrlNotHttps,
    #[error("must not contain a user name or password; verify the signature instead")]
    UrlHasCredentials,
    #[error("must not contain a fragment (#…)")]
    UrlHasFragment,
    #[error("leads to an address that is not public")]
    UrlNotPublic,
    #[error("is too long: at most {max} characters, with non-ASCII characters counted in their percent-encoded form")]
    UrlTooLong { max: usize },
    #[error("is not a project event")]
    NotProjectEvent,
    #[error("is one too many: a project can have at most {max} webhooks")]
    TooManyWebhooks { max: i64 },
    #[error("is false; enable the webhook first")]
    WebhookOff,
    #[error("is no longer kept, so it cannot be resent")]
    BodyNotKept,
}

impl FieldProblem {
    /// Some libraries pass on the errors of our checks only as text; [`Self::decode`] parses it back.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn parts(&self) -> (String, Map<String, Value>) {
        let mut parts = serde_json::to_value(self).unwrap_or_default();
        let code = parts["code"].as_str().unwrap_or_default().to_owned();
        let params = match parts["params"].take() {
            Value::Object(params) => params,
            _ => Map::new(),
        };
        (code, params)
    }
}

impl From<FieldProblem> for garde::Error {
    fn from(problem: FieldProblem) -> Self {
        Self::new(problem.encode())
    }
}

fn code_schema() -> RefOr<Schema> {
    let kinds: Vec<_> = FieldProblem::iter().map(|problem| problem.parts()).collect();
    let with_params = kinds.iter().filter(|(_, params)| !params.is_empty()).map(|(code, params)| {
        let names: Vec<_> = params.keys().map(|name| format!("`{name}`")).collect();
        format!("`{code}` ({})", names.join(", "))
    });
    let with_params: Vec<_> = with_params.collect();
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(format!(
            "What is wrong. Later versions may add codes. These have parameters: {}.",
            with_params.join(", ")
        )))
        .enum_values(Some(kinds.into_iter().map(|(code, _)| code)))
        .examples(["too_long"])
        .into()
}

fn params_schema() -> RefOr<Schema> {
    let of = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .description(Some("The parameters of the sentence."))
        .additional_properties(Some(AdditionalProperties::RefOr(
            OneOfBuilder::new().item(of(Type::Integer)).item(of(Type::String)).into(),
        )))
        .examples([serde_json::json!({ "max": 500 })])
        .into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The front end has a text for each code in each language; its own tests check that.
    #[test]
    fn the_texts_of_the_page_are_filled_in_with_the_parameters() {
        for language in ["en", "zh-CN"] {
            let path = format!("{}/../frontend/src/i18n/locales/{language}.json", env!("CARGO_MANIFEST_DIR"));
            let locale: Value = serde_json::from_str(&fs::read_to_string(path).expect("a locale")).expect("JSON");
            for problem in FieldProblem::iter() {
                let (code, params) = problem.parts();
                let text = locale["errors"]["fields"][&code].as_str().expect(&code);
                for part in text.split('{').skip(1) {
                    let (name, _) = part.split_once('}').expect("a closing brace");
                    assert!(params.contains_key(name), "{language} {code}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_problem_comes_back_from_its_text() {
        for problem in FieldProblem::iter().chain([FieldProblem::TooLong { max: 500 }]) {
            assert_eq!(FieldProblem::decode(&problem.encode()), Some(problem));
        }
        assert_eq!(FieldProblem::decode("length is greater than 500"), None);
    }
}
