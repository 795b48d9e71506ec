//! The ETag of a task query. It is computed from the query as sent, so that an unchanged result needs no parsing.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use crate::{auth::Caller, error::ApiResult, http::etag, tasks::Parts};

/// Changes with every revision visible to the caller, and with the query's current meaning. `what` is the endpoint.
pub async fn etag_of(state: &Parts, caller: &Caller, what: &str, query: &str) -> ApiResult<String> {
    let seen = state.revisions.of_user(&state.reads, caller.user_id).await?;
    let moment = moment(query, caller.time_zone, Utc::now()).to_le_bytes();
    let zone = caller.time_zone.name().as_bytes();
    Ok(etag::of_content(&[what.as_bytes(), caller.user_id.as_bytes(), query.as_bytes(), zone, &moment, &seen]))
}

/// What a query depends on at present: with `due` the caller's day, and with `overdue` the minute.
fn moment(query: &str, time_zone: Tz, now: DateTime<Utc>) -> i64 {
    // Most queries do not, and this check is faster than parsing.
    if !query.contains("due") && !query.contains('%') {
        return 0;
    }
    let mut due = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "due").peekable();
    if due.peek().is_none() {
        0
    } else if due.any(|(_, value)| value == "overdue") {
        now.timestamp() / 60
    } else {
        i64::from(now.with_timezone(&time_zone).date_naive().num_days_from_ce())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_means_the_same_as_long_as_its_moment_is_the_same() {
        let at = |query: &str, now: &str| moment(query, Tz::Asia__Shanghai, now.parse().expect("an instant"));
        let same = |query: &str, one: &str, other: &str| at(query, one) == at(query, other);
        assert!(same("status=todo", "2026-03-01T00:00:00Z", "2027-09-01T00:00:00Z"));
        // Midnight in Shanghai is at 16:00 UTC.
        for query in ["status=todo&due=today", "due=week", "d%75e=today"] {
            assert!(same(query, "2026-03-01T16:00:00Z", "2026-03-02T15:59:59Z"), "{query}");
            assert!(!same(query, "2026-03-01T15:59:59Z", "2026-03-01T16:00:00Z"), "{query}");
        }
        assert!(same("due=overdue", "2026-03-01T16:00:00Z", "2026-03-01T16:00:59Z"));
        assert!(!same("due=overdue", "2026-03-01T16:00:00Z", "2026-03-01T16:01:00Z"));
    }
}
