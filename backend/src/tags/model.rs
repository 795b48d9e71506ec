use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::{
    patch,
    schema::{Color, TAG_NAME, text_schema},
    validate,
};

pub const DEFAULT_COLOR: &str = "#64748b";
pub const MAX_NAME: usize = 50;

text_schema!(TagName, 1..=MAX_NAME, TAG_NAME);

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    pub id: Uuid,
    pub project_id: Uuid,
    #[schema(example = "work")]
    pub name: String,
    #[schema(example = "#64748b")]
    pub color: String,
    pub version: i64,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"name": "work", "color": "#64748b"}))]
pub struct NewTag {
    #[garde(skip)]
    pub id: Option<Uuid>,
    #[schema(value_type = TagName)]
    #[garde(length(chars, max = MAX_NAME), custom(validate::tag_name))]
    pub name: String,
    #[schema(value_type = Option<Color>)]
    #[garde(inner(custom(validate::hex_color)))]
    pub color: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"name": "office"}))]
pub struct TagPatch {
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<TagName>, nullable = false)]
    #[garde(inner(length(chars, max = MAX_NAME), custom(validate::tag_name)))]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<Color>, nullable = false)]
    #[garde(inner(custom(validate::hex_color)))]
    pub color: Option<String>,
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TagFilter {
    /// Only those of this project.
    #[garde(skip)]
    pub project_id: Option<Uuid>,
    /// How many, 1,000 when absent.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<String>,
}

/// Where a list of tags goes on.
#[derive(Debug, Serialize, Deserialize)]
pub struct TagCursor {
    pub project_id: Uuid,
    pub name: String,
    pub id: Uuid,
}
