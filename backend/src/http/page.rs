//! Lists: one page of items and an opaque cursor to the next (keyset pagination).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use crate::{
    error::{ApiError, FieldProblem},
    id::Id,
};

pub const DEFAULT_LIMIT: u16 = 50;
pub const MAX_LIMIT: u16 = 200;

/// One page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Pass it back as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is always complete.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// Cuts a list that was read with one extra item, so that the existence of more is known without counting.
    pub fn cut<C: Serialize>(mut items: Vec<T>, limit: u16, cursor: impl FnOnce(&T) -> C) -> Self {
        let more = items.len() > usize::from(limit);
        items.truncate(usize::from(limit));
        let next_cursor = if more { items.last().map(|last| encode_cursor(&cursor(last))) } else { None };
        Self { items, next_cursor }
    }
}

/// The page of a list without filters.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Page size, default 50.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<String>,
}

/// Where a newest-first list continues.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct NewestFirst<K> {
    pub created_at: DateTime<Utc>,
    pub id: Id<K>,
}

pub fn encode_cursor<C: Serialize>(cursor: &C) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default())
}

/// Class 22 (data exception): a forged cursor contains a value that cannot be compared.
pub fn cursor_error(error: sqlx::Error) -> ApiError {
    match &error {
        sqlx::Error::Database(database) if database.code().is_some_and(|code| code.starts_with("22")) => {
            ApiError::field("cursor", FieldProblem::InvalidCursor)
        }
        _ => error.into(),
    }
}

pub fn decode_cursor<C: DeserializeOwned>(text: &str) -> Result<C, ApiError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .filter(|bytes| !bytes.contains(&0))
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| ApiError::field("cursor", FieldProblem::InvalidCursor))
}
