//! Lengths and allowed characters of texts in the OpenAPI document, so that clients need not learn them from a 422. The rules themselves
//! are in [`super::text`] and [`super::validate`]; the contract test keeps them consistent.

use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, SchemaFormat, SchemaType, Type},
};

macro_rules! controls {
    () => {
        r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
    };
}

/// White space, Unicode's ignorable characters, and blank glyphs. Those above U+FFFF are literal, because regex dialects have no common
/// escape for them.
macro_rules! invisible {
    () => {
        concat!(
            r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f",
            r"\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8",
            "\u{13441}\u{13442}\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}",
        )
    };
}

macro_rules! paragraph_controls {
    () => {
        r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202d\u202e"
    };
}

macro_rules! paragraphs {
    () => {
        concat!("(?:[^", paragraph_controls!(), r"]|\r\n)*")
    };
}

/// [`super::text::one_line`]: no control characters, line breaks or bidi controls, and a visible character.
pub const ONE_LINE: &str = concat!("^[^", controls!(), "]*[^", controls!(), invisible!(), "][^", controls!(), "]*$");

/// [`super::validate::tag_name`]: like [`ONE_LINE`], without commas.
pub const TAG_NAME: &str = concat!("^[^,", controls!(), "]*[^,", controls!(), invisible!(), "][^,", controls!(), "]*$");

/// [`super::text::paragraphs`].
pub const PARAGRAPHS: &str = concat!("^", paragraphs!(), "$");

/// [`PARAGRAPHS`] with a visible character.
pub const VISIBLE_PARAGRAPHS: &str =
    concat!("^", paragraphs!(), "[^", controls!(), invisible!(), "]", paragraphs!(), "$");

/// [`super::validate::hex_color`].
pub const HEX_COLOR: &str = "^#[0-9a-fA-F]{6}$";

pub fn text(min: usize, max: usize, pattern: Option<&str>, format: Option<&str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(min))
        .max_length(Some(max))
        .pattern(pattern)
        .format(format.map(|name| SchemaFormat::Custom(name.to_owned())))
        .into()
}

/// `text_schema!(TaskTitle, 1..=500, ONE_LINE)` defines a named text schema: `#[schema(value_type = TaskTitle)]`.
macro_rules! text_schema {
    ($name:ident, $min:literal..=$max:expr, $pattern:expr) => {
        $crate::http::schema::text_schema!(@ $name, $min, $max, Some($pattern), None);
    };
    ($name:ident, $min:literal..=$max:expr, format $format:literal) => {
        $crate::http::schema::text_schema!(@ $name, $min, $max, None, Some($format));
    };
    ($name:ident, $min:literal..=$max:expr, $pattern:expr, format $format:literal) => {
        $crate::http::schema::text_schema!(@ $name, $min, $max, Some($pattern), Some($format));
    };
    (@ $name:ident, $min:expr, $max:expr, $pattern:expr, $format:expr) => {
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::http::schema::text($min, $max, $pattern, $format)
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use text_schema;

/// An IANA time zone name; whether it exists depends on the database's release.
pub const TIME_ZONE: &str = "^[A-Za-z0-9_+/-]+$";

/// PostgreSQL cannot store NUL, so no input may contain it.
pub const NO_NUL: &str = r"^[^\u0000]*$";

/// The tokens in mail links.
pub const LINK_TOKEN: &str = "^[A-Za-z0-9_.-]*$";

text_schema!(LinkToken, 0..=500, LINK_TOKEN);
text_schema!(TimeZone, 1..=64, TIME_ZONE);
text_schema!(Color, 7..=7, HEX_COLOR);
text_schema!(EmailAddress, 3..=254, format "email");

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::http::{text, validate};

    type Rule = fn(&str, &()) -> garde::Result;

    /// The planes with specially treated characters, and the ends of the others.
    fn characters() -> impl Iterator<Item = char> {
        let planes = [
            0..=0xffff,
            0x13400..=0x134ff,
            0x1bc00..=0x1bcff,
            0x1d100..=0x1d1ff,
            0xdff00..=0xe1000,
            0x10ff00..=0x10ffff,
        ];
        planes.into_iter().flatten().filter_map(char::from_u32)
    }

    #[test]
    fn the_document_allows_what_the_rules_allow() {
        let rules: [(&str, Rule); 3] =
            [(ONE_LINE, text::one_line), (TAG_NAME, validate::tag_name), (PARAGRAPHS, text::paragraphs)];
        for (pattern, rule) in rules {
            let pattern = Regex::new(pattern).expect("a pattern");
            for one in characters() {
                for written in [one.to_string(), format!("a{one}")] {
                    assert_eq!(pattern.is_match(&written), rule(&written, &()).is_ok(), "{written:?} {pattern}");
                }
            }
        }
        let visible = Regex::new(VISIBLE_PARAGRAPHS).expect("a pattern");
        for one in characters() {
            let written = format!("\r\n{one}\t");
            let allowed = text::paragraphs(&written, &()).is_ok() && text::not_blank(&written, &()).is_ok();
            assert_eq!(visible.is_match(&written), allowed, "{written:?}");
        }
    }
}
