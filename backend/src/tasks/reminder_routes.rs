use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;

use crate::{
    db,
    error::{ApiError, ApiResult, FieldError, FieldProblem, Resource},
    events::{Change, EventKind, Topic},
    http::{
        extract::{Json as Input, Path, ShortJson},
        page::Page,
    },
    id::{Id, ReminderId},
    local_time::{MAX_YEAR, MIN_YEAR, zone_of},
    projects::access::Viewer,
    reminders::{
        model::{MAX_PER_TASK, NewReminder, Reminder},
        moment::{Target, TaskDates, fires_at},
        store,
    },
    tasks::{Parts, access::TaskAccess},
    users,
};

#[derive(Deserialize)]
pub struct ReminderPath {
    reminder_id: ReminderId,
}

/// My reminders of a task
#[utoipa::path(get, path = "/tasks/{id}/reminders", tag = "reminders", params(("id" = Uuid, Path)), responses((status = 200, body = Page<Reminder>)))]
pub async fn list(State(state): State<Parts>, access: TaskAccess<Viewer>) -> ApiResult<Json<Page<Reminder>>> {
    let task = access.find(&state.db).await?;
    Ok(Json(Page::whole(store::list(&state.db, access.caller.user_id, task.id).await?)))
}

/// Set a reminder for myself
///
/// Anybody who sees the task may. It is set for an instant (`remind_at`), or a period before the start or due date (`relative_to` and
/// `before`); then it follows that date and my time zone.
#[utoipa::path(post, path = "/tasks/{id}/reminders", tag = "reminders", params(("id" = Uuid, Path)), request_body = NewReminder,
    responses((status = 201, body = Reminder), (status = 200, body = Reminder, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    access: TaskAccess<Viewer>,
    Input(input): ShortJson<NewReminder>,
) -> ApiResult<Response> {
    let target = target_of(&input)?;
    let id = input.id.unwrap_or_else(Id::new);
    let user_id = access.caller.user_id;
    let mut change = Change::begin(&state.db, user_id).await?;
    // What the time depends on is locked until the commit: the task's dates, then the time zone.
    let task = access.lock(&mut change, None).await?;
    change.lock_users(&[user_id]).await?;
    let reminders = store::list(change.connection(), user_id, task.id).await?;
    if input.id.is_some() {
        if let Some(existing) = reminders.iter().find(|reminder| reminder.id == id) {
            return Ok(Json(existing).into_response());
        }
        if store::exists(change.connection(), id).await? {
            return Err(ApiError::Conflict { field: "id", problem: FieldProblem::Taken });
        }
    }
    let profile = users::store::find(change.connection(), user_id).await?.ok_or(ApiError::SessionEnded)?;
    let zone = zone_of(&profile.time_zone);
    let fires_at = moment_of_new(target, &TaskDates::from(&task), zone)?;
    if i64::try_from(reminders.len()).is_ok_and(|count| count >= MAX_PER_TASK) {
        return Err(ApiError::field("reminders", FieldProblem::TooManyReminders { max: MAX_PER_TASK }));
    }
    let reminder = store::insert(change.connection(), id, user_id, task.id, target, fires_at);
    let reminder =
        reminder.await.map_err(|error| db::conflict(error, &[("reminders_pkey", "id", FieldProblem::Taken)]))?;
    change.record(Topic::User(user_id), EventKind::ReminderCreated, &reminder).await?;
    change.commit(&state.bus).await?;
    Ok((StatusCode::CREATED, Json(reminder)).into_response())
}

/// Delete one of my reminders
#[utoipa::path(delete, path = "/tasks/{id}/reminders/{reminder_id}", tag = "reminders", params(("id" = Uuid, Path), ("reminder_id" = Uuid, Path)),
    responses((status = 204, description = "Gone")))]
pub async fn delete(
    State(state): State<Parts>,
    access: TaskAccess<Viewer>,
    Path(path): Path<ReminderPath>,
) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    change.lock_users(&[access.caller.user_id]).await?;
    let task = access.find(change.connection()).await?;
    if !store::delete(change.connection(), access.caller.user_id, task.id, path.reminder_id).await? {
        return Err(ApiError::NotFound(Resource::Reminder));
    }
    let gone = json!({ "id": path.reminder_id, "task_id": task.id });
    change.record(Topic::User(access.caller.user_id), EventKind::ReminderDeleted, &gone).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn target_of(input: &NewReminder) -> ApiResult<Target> {
    match (input.remind_at, input.relative_to, input.before) {
        (Some(at), None, None) => Ok(Target::At(at)),
        (None, Some(relative_to), Some(before)) => Ok(Target::Before(relative_to, before)),
        (None, Some(_), None) => Err(choose_one("before")),
        (None, None, Some(_)) => Err(choose_one("relative_to")),
        (None, None, None) => Err(choose_one("remind_at")),
        (Some(_), Some(_), _) => Err(choose_one("relative_to")),
        (Some(_), None, Some(_)) => Err(choose_one("before")),
    }
}

fn choose_one(also: &str) -> ApiError {
    let mut fields = vec!["remind_at"];
    fields.extend((also != "remind_at").then_some(also));
    let choices = "remind_at (an instant), or relative_to with before".to_owned();
    let problem = FieldProblem::ChooseOne { choices };
    let error = |field: &str| FieldError::new(field, problem.clone());
    ApiError::Validation(fields.into_iter().map(error).collect())
}

/// A reminder that would fire immediately, or never, is not what was meant.
fn moment_of_new(target: Target, dates: &TaskDates, zone: Tz) -> ApiResult<DateTime<Utc>> {
    let field = match target {
        Target::At(_) => "remind_at",
        Target::Before(..) => "before",
    };
    let at =
        fires_at(target, dates, zone).ok_or_else(|| ApiError::field("relative_to", FieldProblem::TaskLacksDate))?;
    if at <= Utc::now() {
        return Err(ApiError::field(field, FieldProblem::InThePast));
    }
    if at.year() > MAX_YEAR {
        return Err(ApiError::field(field, FieldProblem::YearOutOfRange { min: MIN_YEAR, max: MAX_YEAR }));
    }
    Ok(at)
}
