//! What an administrator does with accounts and what they own.

use uuid::Uuid;

use super::admin::{explain, find};
use crate::{projects::ownership::admin_routes::hand_over, state::AppState};

pub async fn transfer(state: &AppState, project_id: Uuid, to: &str) -> anyhow::Result<()> {
    let user_id = find(state, to).await?;
    hand_over(state, None, project_id, user_id).await.map_err(explain)?;
    println!("{to} is the owner of the project; the owner until now is an editor.");
    Ok(())
}
