//! Checks shared by several features, in the form that `#[garde(custom(…))]` takes.

use std::str::FromStr;

use super::text::one_line;
use crate::error::FieldProblem;

/// Tags are requested by name, and commas separate names there.
pub fn tag_name(text: &str, context: &()) -> garde::Result {
    if text.contains(',') { Err(FieldProblem::ContainsComma.into()) } else { one_line(text, context) }
}

pub fn hex_color(text: &str, _: &()) -> garde::Result {
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(FieldProblem::InvalidColor.into())
    }
}

pub fn time_zone(text: &str, _: &()) -> garde::Result {
    chrono_tz::Tz::from_str(text).map(|_| ()).map_err(|_| FieldProblem::InvalidTimeZone.into())
}
