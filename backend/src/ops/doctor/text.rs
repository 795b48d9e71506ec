//! The English texts with their values, for the command line; the front end has its own.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::{DateTime, Utc};
use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig};

use super::ParameterValue;

/// Values are in single braces, as in the front end's texts.
static TEXTS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().variable_delimiters("{", "}").build();
    environment.set_syntax(syntax.expect("braces are delimiters"));
    environment
});

/// A text as it is when a value is missing.
pub fn fill(template: &str, parameters: &BTreeMap<&'static str, ParameterValue>) -> String {
    let values: BTreeMap<_, _> = parameters.iter().map(|(name, value)| (*name, readable(name, value))).collect();
    TEXTS.render_str(template, values).unwrap_or_else(|_| template.to_owned())
}

fn readable(name: &str, value: &ParameterValue) -> String {
    match value {
        ParameterValue::Number(bytes) if name.ends_with("_bytes") => size(*bytes),
        ParameterValue::Number(seconds) if name.ends_with("_seconds") => duration(*seconds),
        ParameterValue::Number(number) => number.to_string(),
        ParameterValue::Text(instant) if name.ends_with("_at") => match instant.parse::<DateTime<Utc>>() {
            Ok(instant) => instant.format("%Y-%m-%d %H:%M UTC").to_string(),
            Err(_) => instant.clone(),
        },
        ParameterValue::Text(text) => text.clone(),
    }
}

fn size(bytes: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    UNITS.iter().find(|(_, unit)| bytes >= *unit).map_or_else(
        || format!("{bytes} bytes"),
        |(name, unit)| format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
    )
}

fn duration(seconds: i64) -> String {
    const UNITS: [(&str, i64); 4] = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let (name, unit) = UNITS.into_iter().find(|(_, unit)| seconds >= 2 * unit).unwrap_or(("second", 1));
    let count = seconds / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::doctor::finding_catalog::{Cause, Entry};

    #[test]
    fn what_stands_in_a_value_is_not_filled() {
        let text = |text: &str| ParameterValue::Text(text.to_owned());
        let parameters = BTreeMap::from([("first", text("{second}")), ("second", text("{{ first }}"))]);
        assert_eq!(fill("{first}, {second}", &parameters), "{second}, {{ first }}");
    }

    #[test]
    fn every_text_can_be_filled() {
        for cause in Cause::ALL {
            let Entry { what, remedy, .. } = cause.entry();
            for text in [what, remedy] {
                TEXTS.template_from_str(text).expect(text);
            }
        }
    }

    #[test]
    fn values_are_shown_as_their_names_say() {
        let parameters = BTreeMap::from([
            ("path", ParameterValue::Text("/data".to_owned())),
            ("free_bytes", ParameterValue::Number(1_540_000_000)),
            ("age_seconds", ParameterValue::Number(7_300)),
            ("last_at", ParameterValue::Text("2026-11-23T05:00:00Z".to_owned())),
        ]);
        let text = fill("{path} has {free_bytes}, {age_seconds}, {last_at}", &parameters);
        assert_eq!(text, "/data has 1.5 GB, 2 hours, 2026-11-23 05:00 UTC");
        assert_eq!(fill("no {value} for this", &parameters), "no {value} for this");
        assert_eq!(
            (size(12), duration(1), duration(90)),
            ("12 bytes".to_owned(), "1 second".into(), "90 seconds".into())
        );
    }
}
