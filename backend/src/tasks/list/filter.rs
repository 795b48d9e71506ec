//! The query of a task list: from text to validated values, with every problem named.

use chrono::{DateTime, Datelike, Days, DurationRound, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use garde::Validate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{
    error::{ApiError, FieldError, FieldProblem},
    http::{bounded::BoundedVec, page::DEFAULT_LIMIT},
    id::{Id, ProjectId, UserId, kind},
    local_time::{MAX_YEAR, MIN_YEAR},
    tags::model::TagName,
    tasks::model::{Priority, Status},
    users::model::Language,
};

const MAX_TAG_FILTERS: usize = 10;
/// Maximum repetitions of a parameter.
const MAX_REPEATED: usize = 20;

/// Query parameters as received. Lists are separated by commas, or the parameter is repeated.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskQuery {
    #[garde(skip)]
    pub project_id: Option<ProjectId>,
    /// `todo`, `in_progress`, `done`, `cancelled`; several separated by commas.
    #[serde(default)]
    #[garde(inner(length(max = 200)))]
    #[param(value_type = Vec<Status>, required = false, max_items = 20, example = json!(["todo", "in_progress"]))]
    pub status: BoundedVec<String, MAX_REPEATED>,
    /// `none`, `low`, `medium`, `high`, `urgent`; several separated by commas.
    #[serde(default)]
    #[garde(inner(length(max = 200)))]
    #[param(value_type = Vec<Priority>, required = false, max_items = 20)]
    pub priority: BoundedVec<String, MAX_REPEATED>,
    /// A tag name; several: tasks with all of them.
    #[serde(default)]
    #[garde(inner(length(max = 1200)))]
    #[param(value_type = Vec<TagName>, required = false, max_items = 10)]
    pub tag: BoundedVec<String, MAX_REPEATED>,
    /// A user's id, `me` or `none`.
    #[garde(inner(length(max = 40)))]
    #[param(pattern = "^(me|none|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    pub assignee_id: Option<String>,
    /// Only my own tasks: assigned to me, or unassigned and created by me or in a project without other members.
    #[serde(default)]
    #[garde(skip)]
    #[param(required = false)]
    pub mine: bool,
    /// A task's id, or `none` for top-level tasks.
    #[garde(inner(length(max = 40)))]
    #[param(pattern = "^(none|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    pub parent_id: Option<String>,
    /// `today`, `week` (today and the following six days), `overdue` (and still open) or `none`, in the caller's time zone.
    #[garde(inner(length(max = 20)))]
    #[param(pattern = "^(today|week|overdue|none)$")]
    pub due: Option<String>,
    /// Due at or after this day or instant.
    #[garde(inner(length(max = 40)))]
    #[param(example = "2026-12-01")]
    pub due_after: Option<String>,
    /// Due before this day or instant.
    #[garde(inner(length(max = 40)))]
    #[param(example = "2026-12-08T00:00:00Z")]
    pub due_before: Option<String>,
    /// Words to search for in title and description; the last letters of a word may be missing.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200, pattern = r"^[^\u0000]*$")]
    pub q: Option<String>,
    /// Whether to include tasks of archived projects (they are included if `project_id` names one).
    #[serde(default)]
    #[garde(skip)]
    #[param(required = false)]
    pub archived: bool,
    /// `position`, `created_at`, `updated_at`, `completed_at`, `due`, `priority`, `title`, `status`, `relevance`; a leading `-` reverses
    /// the order.
    #[garde(inner(length(max = 40)))]
    #[param(pattern = "^-?(position|(created|updated|completed)_at|due|priority|title|status|relevance)$")]
    pub sort: Option<String>,
    /// Page size, default 50.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 8000)))]
    #[param(max_length = 8000, pattern = r"^[^\u0000]*$")]
    pub cursor: Option<String>,
}

/// Somebody, nobody, or anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdFilter<K> {
    Is(Id<K>),
    IsNone,
}

/// A due date from `from` and before `until`; a bound is a day for days and an instant for instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRange {
    pub from: Option<Bound>,
    pub until: Option<Bound>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    pub day: NaiveDate,
    pub instant: DateTime<Utc>,
}

impl Bound {
    /// The lowest `due_order` (an instant, or the end of a day in UTC) of anything at or after this bound.
    pub fn least_order(self) -> DateTime<Utc> {
        self.instant.min(midnight(self.day + Days::new(1)))
    }

    /// The highest `due_order` of anything before this bound.
    pub fn greatest_order(self) -> DateTime<Utc> {
        self.instant.max(midnight(self.day))
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    Position,
    CreatedAt,
    UpdatedAt,
    CompletedAt,
    Due,
    Priority,
    Title,
    Status,
    Relevance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub key: SortKey,
    pub descending: bool,
}

/// What to list.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFilter {
    pub project_id: Option<ProjectId>,
    pub statuses: Vec<Status>,
    pub priorities: Vec<i16>,
    pub tags: Vec<String>,
    pub assignee: Option<IdFilter<kind::User>>,
    /// The person, if only their own tasks are requested.
    pub mine: Option<UserId>,
    pub parent: Option<IdFilter<kind::Task>>,
    pub due: Option<DueRange>,
    pub without_due: bool,
    pub open_only: bool,
    pub text: Option<String>,
    pub archived: bool,
    pub sort: Sort,
    /// The reader's time zone, for sorting by due date.
    pub time_zone: Tz,
    /// The reader's language, for sorting titles.
    pub language: Language,
    pub limit: u16,
    pub cursor: Option<String>,
}

impl TaskQuery {
    pub fn parse(self, me: UserId, time_zone: Tz, now: DateTime<Utc>) -> Result<TaskFilter, ApiError> {
        let mut errors = Vec::new();
        // Rounded to the minute, so that answers about overdue tasks can be cached that long.
        let now = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
        let text = self.q.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut due = DueRange {
            from: instant_or_day(&mut errors, "due_after", self.due_after.as_deref(), time_zone),
            until: instant_or_day(&mut errors, "due_before", self.due_before.as_deref(), time_zone),
        };
        let today = now.with_timezone(&time_zone).date_naive();
        let mut without_due = false;
        let mut open_only = false;
        match self.due.as_deref() {
            None => {}
            Some("today") => due = due.within(start_of(today, time_zone), start_of(today + Days::new(1), time_zone)),
            Some("week") => due = due.within(start_of(today, time_zone), start_of(today + Days::new(7), time_zone)),
            Some("overdue") => {
                open_only = true;
                due.until = earlier(due.until, Bound { day: today, instant: now });
            }
            Some("none") => without_due = true,
            Some(_) => errors.push(unknown("due", "today, week, overdue, none")),
        }
        let filter = TaskFilter {
            project_id: self.project_id,
            statuses: words(&mut errors, "status", &self.status, "todo, in_progress, done, cancelled"),
            priorities: words::<Priority>(&mut errors, "priority", &self.priority, "none, low, medium, high, urgent")
                .into_iter()
                .map(|priority| priority as i16)
                .collect(),
            tags: tags(&mut errors, &self.tag),
            assignee: id_filter(&mut errors, "assignee_id", self.assignee_id.as_deref(), Some(me)),
            mine: self.mine.then_some(me),
            parent: id_filter(&mut errors, "parent_id", self.parent_id.as_deref(), None),
            due: (due.from.is_some() || due.until.is_some()).then_some(due),
            without_due,
            open_only,
            sort: sort(&mut errors, self.sort.as_deref(), text.is_some(), self.project_id.is_some()),
            text,
            archived: self.archived || self.project_id.is_some(),
            time_zone,
            language: Language::default(),
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
            cursor: self.cursor,
        };
        if errors.is_empty() { Ok(filter) } else { Err(ApiError::Validation(errors)) }
    }
}

impl DueRange {
    fn within(self, from: Bound, until: Bound) -> Self {
        let from = self.from.filter(|bound| bound.instant > from.instant).unwrap_or(from);
        Self { from: Some(from), until: earlier(self.until, until) }
    }
}

fn earlier(bound: Option<Bound>, other: Bound) -> Option<Bound> {
    Some(bound.filter(|bound| bound.instant < other.instant).unwrap_or(other))
}

fn unknown(field: &str, allowed: &str) -> FieldError {
    FieldError::new(field, FieldProblem::UnknownValue { allowed: allowed.to_owned() })
}

fn split(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

/// Each is looked up separately, so their number is limited.
fn tags(errors: &mut Vec<FieldError>, values: &[String]) -> Vec<String> {
    let mut names: Vec<String> = split(values).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > MAX_TAG_FILTERS {
        errors.push(FieldError::new("tag", FieldProblem::TooMany { max: MAX_TAG_FILTERS }));
        names.clear();
    }
    names
}

fn words<T: DeserializeOwned + PartialEq>(
    errors: &mut Vec<FieldError>,
    field: &str,
    values: &[String],
    allowed: &str,
) -> Vec<T> {
    let mut parsed = Vec::new();
    for word in split(values) {
        match serde_json::from_value(serde_json::Value::from(word)) {
            Ok(value) if parsed.contains(&value) => {}
            Ok(value) => parsed.push(value),
            Err(_) => errors.push(unknown(field, allowed)),
        }
    }
    parsed
}

fn id_filter<K>(
    errors: &mut Vec<FieldError>,
    field: &str,
    value: Option<&str>,
    me: Option<Id<K>>,
) -> Option<IdFilter<K>> {
    match (value?, me) {
        ("none", _) => Some(IdFilter::IsNone),
        ("me", Some(me)) => Some(IdFilter::Is(me)),
        (text, _) => match text.parse() {
            Ok(id) => Some(IdFilter::Is(id)),
            Err(_) => {
                errors.push(unknown(field, if me.is_some() { "an id, me, none" } else { "an id, none" }));
                None
            }
        },
    }
}

/// The first instant of a day; if a clock change skips midnight, the next one.
pub fn day_start(day: NaiveDate, time_zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let local =
        (0..=3).find_map(|hours| time_zone.from_local_datetime(&(midnight + TimeDelta::hours(hours))).earliest());
    local.map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc))
}

fn start_of(day: NaiveDate, time_zone: Tz) -> Bound {
    Bound { day, instant: day_start(day, time_zone) }
}

fn instant_or_day(errors: &mut Vec<FieldError>, field: &str, value: Option<&str>, time_zone: Tz) -> Option<Bound> {
    let text = value?;
    let day = text.parse::<NaiveDate>().map(|day| start_of(day, time_zone));
    let bound = day.or_else(|_| {
        // An unescaped plus sign of an offset arrives as a space.
        DateTime::parse_from_rfc3339(&text.replace(' ', "+")).map(|instant| Bound {
            day: instant.with_timezone(&time_zone).date_naive(),
            instant: instant.with_timezone(&Utc),
        })
    });
    match bound {
        Ok(bound) if (MIN_YEAR..=MAX_YEAR).contains(&bound.day.year()) => Some(bound),
        _ => {
            errors.push(FieldError::new(field, FieldProblem::InvalidDate));
            None
        }
    }
}

const SORT_KEYS: &str = "position, created_at, updated_at, completed_at, due, priority, title, status, relevance";

fn sort(errors: &mut Vec<FieldError>, value: Option<&str>, with_text: bool, with_project: bool) -> Sort {
    let Some(text) = value else {
        return match (with_text, with_project) {
            (true, _) => Sort { key: SortKey::Relevance, descending: false },
            (false, true) => Sort { key: SortKey::Position, descending: false },
            (false, false) => Sort { key: SortKey::CreatedAt, descending: true },
        };
    };
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    match serde_json::from_value(serde_json::Value::from(name)) {
        Ok(SortKey::Relevance) if !with_text => {
            errors.push(FieldError::new("sort", FieldProblem::RelevanceNeedsSearch))
        }
        Ok(key) => return Sort { key, descending },
        Err(_) => errors.push(FieldError::new("sort", FieldProblem::InvalidSort { allowed: SORT_KEYS.to_owned() })),
    }
    Sort { key: SortKey::CreatedAt, descending: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: TaskQuery, time_zone: Tz) -> TaskFilter {
        let now = "2026-03-29T00:30:00Z".parse().expect("an instant");
        query.parse(Id::nil(), time_zone, now).expect("a valid query")
    }

    #[test]
    fn today_is_the_callers_day() {
        let query = || TaskQuery { due: Some("today".to_owned()), ..TaskQuery::default() };
        // 08:30 on the 29th in Shanghai; still 20:30 on the 28th in New York.
        let shanghai = parse(query(), Tz::Asia__Shanghai).due.and_then(|due| due.from).expect("a bound");
        assert_eq!(
            (shanghai.day.to_string(), shanghai.instant.to_rfc3339()),
            ("2026-03-29".into(), "2026-03-28T16:00:00+00:00".into())
        );
        let new_york = parse(query(), Tz::America__New_York).due.and_then(|due| due.from).expect("a bound");
        assert_eq!(new_york.day.to_string(), "2026-03-28");
    }

    #[test]
    fn a_day_of_a_clock_change_has_its_own_length() {
        let query = TaskQuery { due: Some("today".to_owned()), ..TaskQuery::default() };
        let due = parse(query, Tz::Europe__Berlin).due.expect("a range");
        let (from, until) = (due.from.expect("from").instant, due.until.expect("until").instant);
        assert_eq!((until - from).num_hours(), 23);
    }

    #[test]
    fn the_order_of_what_is_due_lies_within_its_bounds() {
        for time_zone in [Tz::Pacific__Kiritimati, Tz::UTC, Tz::Pacific__Niue] {
            let query = TaskQuery { due: Some("today".to_owned()), ..TaskQuery::default() };
            let due = parse(query, time_zone).due.expect("a range");
            let (from, until) = (due.from.expect("from"), due.until.expect("until"));
            for order in [from.instant, midnight(from.day + Days::new(1)), midnight(until.day), until.instant] {
                assert!(from.least_order() <= order && order <= until.greatest_order(), "{time_zone}: {order}");
            }
        }
    }

    #[test]
    fn every_wrong_value_is_named() {
        let query = TaskQuery {
            status: serde_html_form::from_str::<TaskQuery>("status=todo,open").expect("a query").status,
            sort: Some("relevance".to_owned()),
            due: Some("soon".to_owned()),
            due_after: Some("yesterday".to_owned()),
            assignee_id: Some("you".to_owned()),
            ..TaskQuery::default()
        };
        let Err(ApiError::Validation(errors)) = query.parse(Id::nil(), Tz::UTC, Utc::now()) else { panic!("accepted") };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["due_after", "due", "status", "assignee_id", "sort"]);
    }
}
