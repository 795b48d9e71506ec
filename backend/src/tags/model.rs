use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        patch,
        schema::{Color, TAG_NAME, text_schema},
        validate,
    },
    id::{ProjectId, TagId},
};

/// Default colours of new tags. The front end has the same list.
const COLORS: [&str; 8] = ["#4f5bd5", "#2f80c2", "#14866d", "#5a8f29", "#b7791f", "#c8553d", "#c23b6b", "#8e4ec6"];

/// A new tag's colour, derived from its name: the same name looks the same in every project, and the front end can show it before the
/// server answers. FNV-1a, 32 bits, over the lower-case name in UTF-8.
pub fn color_of(name: &str) -> &'static str {
    let hash = name
        .trim()
        .to_lowercase()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    COLORS[hash as usize % COLORS.len()]
}

pub const MAX_NAME: usize = 50;

text_schema!(TagName, 1..=MAX_NAME, TAG_NAME);

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    pub id: TagId,
    pub project_id: ProjectId,
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
    pub id: Option<TagId>,
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
    pub project_id: Option<ProjectId>,
    /// Page size, default 1,000.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<String>,
}

/// Where a list of tags continues.
#[derive(Debug, Serialize, Deserialize)]
pub struct TagCursor {
    pub project_id: ProjectId,
    pub name: String,
    pub id: TagId,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `frontend/src/features/projects/model/tagColor.test.ts` has the same pairs.
    #[test]
    fn a_name_has_its_colour_here_and_in_the_page() {
        for (name, color) in [("work", "#4f5bd5"), ("Work", "#4f5bd5"), ("急", "#14866d"), ("été", "#8e4ec6")] {
            assert_eq!(color_of(name), color, "{name}");
        }
    }
}
