//! The dashboard: figures over all projects of a user, in the user's time zone.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Caller,
    db::Reader,
    error::ApiResult,
    events::Revisions,
    http::{
        etag::{self, IfNoneMatch},
        extract::Query,
    },
    tasks::day_start,
};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub reads: Reader,
    pub revisions: Revisions,
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// Number of days in `completed_by_day`, default 14.
    #[garde(inner(range(min = 1, max = 366)))]
    #[param(minimum = 1, maximum = 366)]
    days: Option<u16>,
    /// Only my own tasks, as in the task list.
    #[serde(default)]
    #[garde(skip)]
    #[param(required = false)]
    mine: bool,
}

/// Tasks completed on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayCount {
    pub date: NaiveDate,
    pub completed: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// Open tasks due today.
    pub due_today: i64,
    /// Open tasks whose due day or instant has passed.
    pub overdue: i64,
    /// Open tasks due today or in the six days after.
    pub due_week: i64,
    /// Tasks to do or in progress.
    pub open: i64,
    pub in_progress: i64,
    pub completed_today: i64,
    /// Oldest first; the last one is today.
    pub completed_by_day: Vec<DayCount>,
}

/// My figures
#[utoipa::path(get, path = "/dashboard", tag = "dashboard", params(DashboardQuery),
    responses((status = 200, body = Dashboard), (status = 304, description = "Not changed")))]
pub async fn get(
    State(state): State<Parts>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    Query(query): Query<DashboardQuery>,
) -> ApiResult<Response> {
    let now = Utc::now();
    let today = now.with_timezone(&caller.time_zone).date_naive();
    let days = u64::from(query.days.unwrap_or(14));
    let seen = state.revisions.of_user(&state.reads, caller.user_id).await?;
    // Tasks become overdue by the minute, so an answer is valid for at most a minute.
    let minute = (now.timestamp() / 60).to_le_bytes();
    let mine = [u8::from(query.mine)];
    let parts =
        [b"dashboard".as_slice(), &mine, &days.to_le_bytes(), &minute, caller.time_zone.name().as_bytes(), &seen];
    let etag = etag::of_content(&parts);
    if if_none_match.matches(&etag) {
        return Ok(etag::not_modified(&etag));
    }

    let start = |offset: i64| -> (NaiveDate, DateTime<Utc>) {
        let day = if offset < 0 {
            today - Days::new(offset.unsigned_abs())
        } else {
            today + Days::new(offset.unsigned_abs())
        };
        (day, day_start(day, caller.time_zone))
    };
    let oldest = 1 - i64::try_from(days).unwrap_or(14);
    let (dates, starts): (Vec<_>, Vec<_>) = (oldest..=0).map(start).unzip();
    let (_, tomorrow_start) = start(1);
    let (week_end, week_end_start) = start(7);
    let figures = sqlx::query!(
        r#"
        WITH counted AS (
            SELECT t.status, t.due_date, t.due_at, t.completed_at,
                   t.status IN ('todo', 'in_progress') AS is_open
            FROM project_access a JOIN tasks t ON t.project_id = a.project_id
            WHERE a.user_id = $1 AND a.archived_at IS NULL AND t.deleted_at IS NULL
              AND (t.status IN ('todo', 'in_progress') OR t.completed_at >= $2)
              AND (NOT $10 OR t.assignee_id = $1 OR (t.assignee_id IS NULL AND (t.created_by = $1 OR NOT EXISTS (
                  SELECT FROM project_members o WHERE o.project_id = t.project_id AND o.user_id <> $1))))
        )
        SELECT count(*) FILTER (WHERE is_open) AS "open!",
               count(*) FILTER (WHERE status = 'in_progress') AS "in_progress!",
               count(*) FILTER (WHERE is_open AND (due_date = $3 OR (due_at >= $4 AND due_at < $5))) AS "due_today!",
               count(*) FILTER (WHERE is_open AND (due_date < $3 OR due_at < $6)) AS "overdue!",
               count(*) FILTER (WHERE is_open AND ((due_date >= $3 AND due_date < $7) OR (due_at >= $4 AND due_at < $8))) AS "due_week!",
               array_agg(width_bucket(completed_at, $9::timestamptz[])) FILTER (WHERE completed_at >= $2) AS completed
        FROM counted
        "#,
        caller.user_id,
        starts.first().copied().unwrap_or(now),
        today,
        day_start(today, caller.time_zone),
        tomorrow_start,
        now,
        week_end,
        week_end_start,
        &starts,
        query.mine,
    )
    .fetch_one(&state.db)
    .await?;

    let mut completed_by_day: Vec<_> = dates.into_iter().map(|date| DayCount { date, completed: 0 }).collect();
    for bucket in figures.completed.unwrap_or_default() {
        let index = usize::try_from(bucket).unwrap_or(0).checked_sub(1);
        if let Some(day) = index.and_then(|index| completed_by_day.get_mut(index)) {
            day.completed += 1;
        }
    }
    let dashboard = Dashboard {
        due_today: figures.due_today,
        overdue: figures.overdue,
        due_week: figures.due_week,
        open: figures.open,
        in_progress: figures.in_progress,
        completed_today: completed_by_day.last().map_or(0, |day| day.completed),
        completed_by_day,
    };
    Ok(etag::with(Json(dashboard).into_response(), &etag))
}
