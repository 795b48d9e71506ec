//! People I know: everyone who shares a project with me.

use axum::{Json, extract::State};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::PgExecutor;
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::Caller,
    error::ApiResult,
    http::{extract::Query, page::Page},
    id::UserId,
    projects::Parts,
    users::{self, model::Language},
};

const DEFAULT_LIMIT: u16 = 10;

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// Part of the name, ignoring case and accents.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200, pattern = r"^[^\u0000]*$")]
    q: Option<String>,
    /// Number of results, default 10.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(minimum = 1, maximum = 50)]
    limit: Option<u16>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KnownPerson {
    pub id: UserId,
    pub name: String,
}

/// Find people
///
/// Searches people who share an untrashed project with me, by name. Returns the first ones, without further pages.
#[utoipa::path(get, path = "/people", tag = "projects", params(PeopleQuery), responses((status = 200, body = Page<KnownPerson>)))]
pub async fn list(
    State(state): State<Parts>,
    caller: Caller,
    Query(query): Query<PeopleQuery>,
) -> ApiResult<Json<Page<KnownPerson>>> {
    let text = query.q.as_deref().unwrap_or_default().trim();
    let limit = i64::from(query.limit.unwrap_or(DEFAULT_LIMIT));
    let language = users::store::language(&state.reads, caller.user_id).await?;
    Ok(Json(Page::whole(find(&state.reads, caller.user_id, text, language, limit).await?)))
}

/// In the order of the reader's language.
async fn find(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    text: &str,
    language: Language,
    limit: i64,
) -> sqlx::Result<Vec<KnownPerson>> {
    sqlx::query_as!(
        KnownPerson,
        r#"
        SELECT u.id, u.name
        FROM users u
        WHERE u.id <> $1 AND strpos(text_loose(u.name), text_loose($2)) > 0 AND u.id IN (
            SELECT o.user_id FROM project_access a JOIN project_members o ON o.project_id = a.project_id
            WHERE a.user_id = $1)
        ORDER BY CASE WHEN $4 THEN u.name END COLLATE reader_zh, CASE WHEN NOT $4 THEN u.name END COLLATE reader_en, u.id
        LIMIT $3
        "#,
        user_id,
        text,
        limit,
        language == Language::SimplifiedChinese,
    )
    .fetch_all(db)
    .await
}
