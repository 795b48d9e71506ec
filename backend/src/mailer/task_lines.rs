//! Tasks in mails, formatted for the reader.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::compose::link_of;
use crate::{
    mailer::Parts,
    users::{model::Language, store::Addressee},
};

/// One line per item of a list in the payload; `None` if it has none.
pub fn lines(state: &Parts, addressee: &Addressee, payload: &Value) -> anyhow::Result<Option<Value>> {
    let Some(things) = payload["things"].as_array() else { return Ok(None) };
    let line = |thing: &Value| -> anyhow::Result<Value> {
        let mut detail = Vec::new();
        if let Some(section) = thing["section"].as_str() {
            detail.push(state.templates.word(addressee.language, &format!("section.{section}"))?.to_owned());
        }
        // A reminder shows its own time, whatever the task's due date.
        detail.extend(thing["at"].as_str().map(|at| moment(at, addressee)).or_else(|| due(thing, addressee)));
        detail.extend(thing["project"].as_str().map(str::to_owned));
        Ok(json!({ "text": thing["task"], "url": link_of(state, thing), "detail": detail.join(" · ") }))
    };
    Ok(Some(things.iter().map(line).collect::<anyhow::Result<Vec<_>>>()?.into()))
}

/// The due date in a payload.
pub fn due(payload: &Value, addressee: &Addressee) -> Option<String> {
    [&payload["due_date"], &payload["due_at"]].into_iter().find_map(Value::as_str).map(|due| moment(due, addressee))
}

/// A day or an instant, formatted for people.
pub fn moment(text: &str, addressee: &Addressee) -> String {
    let day = text.parse().map(|day| local_day(day, addressee.language));
    let instant = |_| text.parse().map(|at| local_time(at, addressee));
    day.or_else(instant).unwrap_or_else(|_| text.to_owned())
}

fn local_day(day: NaiveDate, language: Language) -> String {
    let format = match language {
        Language::English => "%-d %B %Y",
        Language::SimplifiedChinese => "%Y年%-m月%-d日",
    };
    day.format(format).to_string()
}

pub fn local_time(at: DateTime<Utc>, addressee: &Addressee) -> String {
    local_instant(at, addressee.zone(), addressee.language)
}

fn local_instant(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let format = match language {
        Language::English => "%-d %B %Y, %H:%M (%Z)",
        Language::SimplifiedChinese => "%Y年%-m月%-d日 %H:%M（%Z）",
    };
    at.with_timezone(&zone).format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_days_are_written_as_people_read_them() {
        let at = "2026-07-01T17:30:00Z".parse().expect("an instant");
        assert_eq!(local_instant(at, Tz::Asia__Kolkata, Language::English), "1 July 2026, 23:00 (IST)");
        assert_eq!(local_instant(at, Tz::Asia__Shanghai, Language::SimplifiedChinese), "2026年7月2日 01:30（CST）");
        let day = "2026-07-01".parse().expect("a day");
        assert_eq!(local_day(day, Language::English), "1 July 2026");
        assert_eq!(local_day(day, Language::SimplifiedChinese), "2026年7月1日");
    }
}
