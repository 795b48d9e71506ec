use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        patch,
        schema::{ONE_LINE, TimeZone, text_schema},
        text, validate,
    },
    id::UserId,
};

pub const MAX_NAME: usize = 100;

text_schema!(PersonName, 1..=MAX_NAME, ONE_LINE);

/// The language of the app and of mails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[sqlx(type_name = "text")]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    #[sqlx(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    #[sqlx(rename = "zh-CN")]
    SimplifiedChinese,
}

/// A user, as seen by that user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Profile {
    pub id: UserId,
    #[schema(example = "lin@example.org")]
    pub email: String,
    #[schema(example = "Lin")]
    pub name: String,
    pub language: Language,
    /// IANA name; decides what "today" is.
    #[schema(example = "Asia/Shanghai")]
    pub time_zone: String,
    pub is_admin: bool,
    /// When the address was confirmed.
    pub email_verified_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"name": "Lin", "time_zone": "Asia/Shanghai"}))]
pub struct ProfilePatch {
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<PersonName>, nullable = false)]
    #[garde(inner(length(chars, max = MAX_NAME), custom(text::one_line)))]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(nullable = false)]
    #[garde(skip)]
    pub language: Option<Language>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<TimeZone>, nullable = false)]
    #[garde(inner(custom(validate::time_zone)))]
    pub time_zone: Option<String>,
}
