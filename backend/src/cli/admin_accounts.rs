//! Commands for administering accounts and their projects.

use anyhow::{Context, bail};
use axum::extract::FromRef;
use chrono::{DateTime, Utc};

use super::admin::{explain, find};
use crate::{
    accounts::{
        actions, deletion,
        model::{Account, AccountDetails, Disabling},
        routes, setup, store,
    },
    http::input_errors,
    id::{ProjectId, UserId},
    projects::ownership::admin_routes::hand_over,
    state::AppState,
    users::address,
};

pub async fn list(state: &AppState, text: Option<&str>, limit: u16) -> anyhow::Result<()> {
    let limit = i64::from(limit);
    let mut accounts = store::list(&state.db, text, None, limit + 1).await?;
    let more = accounts.len() as i64 > limit;
    accounts.truncate(usize::try_from(limit)?);
    if accounts.is_empty() {
        println!("There is none.");
    }
    for account in &accounts {
        println!("{}  {}  {}  {}", day(account.created_at), account.email, account.name, marks(account));
    }
    if more {
        println!("There are more; --limit shows them, or `todo admin search`.");
    }
    Ok(())
}

pub async fn setup_code(state: &AppState) -> anyhow::Result<()> {
    match setup::code(&state.db).await? {
        Some(code) => println!("{code}"),
        None => println!("There is an administrator already."),
    }
    Ok(())
}

pub async fn show(state: &AppState, email: &str) -> anyhow::Result<()> {
    let details = details(state, email).await?;
    let account = &details.account;
    println!("{} <{}>  {}", account.name, account.email, marks(account));
    println!("id:         {}", account.id);
    println!("created:    {}", day(account.created_at));
    println!("last seen:  {}", account.last_seen_at.map_or_else(|| "never".to_owned(), day));
    println!("confirmed:  {}", account.email_verified_at.map_or_else(|| "no".to_owned(), day));
    if let Some(since) = account.disabled_at {
        println!("disabled:   {}  {}", day(since), account.disabled_reason.as_deref().unwrap_or_default());
    }
    println!("sessions:   {}", details.sessions);
    println!("projects:   {}, {} of them shared", details.projects_owned, details.projects_shared);
    print_shared(&details);
    Ok(())
}

pub async fn disable(state: &AppState, email: &str, reason: Option<&str>) -> anyhow::Result<()> {
    let user_id = find(state, email).await?;
    let disabling = Disabling { reason: reason.map(str::to_owned) };
    input_errors::check(&disabling).map_err(explain).context("the reason cannot be kept like this")?;
    actions::disable(&FromRef::from_ref(state), None, user_id, reason).await.map_err(explain)?;
    println!("{email} is disabled and signed out everywhere.");
    Ok(())
}

pub async fn enable(state: &AppState, email: &str) -> anyhow::Result<()> {
    actions::enable(&FromRef::from_ref(state), None, find(state, email).await?).await.map_err(explain)?;
    println!("{email} can be used again.");
    Ok(())
}

pub async fn set_admin(state: &AppState, email: &str, is_admin: bool) -> anyhow::Result<()> {
    let user_id = if is_admin { find_confirmed(state, email).await? } else { find(state, email).await? };
    actions::set_admin(&FromRef::from_ref(state), None, user_id, is_admin).await.map_err(explain)?;
    println!("{email} is {} administrator.", if is_admin { "an" } else { "no longer an" });
    Ok(())
}

pub async fn end_sessions(state: &AppState, email: &str) -> anyhow::Result<()> {
    let ended =
        actions::end_sessions(&FromRef::from_ref(state), None, find(state, email).await?).await.map_err(explain)?;
    println!("{ended} session(s) of {email} ended.");
    Ok(())
}

pub async fn delete(state: &AppState, email: &str, yes: bool) -> anyhow::Result<()> {
    let details = details(state, email).await?;
    if details.projects_shared > 0 {
        print_shared(&details);
        bail!("these projects need another owner first: todo admin transfer --project ID --to EMAIL");
    }
    if !yes {
        bail!("{email} and {} project(s) would be deleted for good; say so with --yes", details.projects_owned);
    }
    deletion::delete_account(&FromRef::from_ref(state), None, details.account.id).await.map_err(explain)?;
    println!("{email} is deleted.");
    Ok(())
}

pub async fn transfer(state: &AppState, project_id: ProjectId, to: &str) -> anyhow::Result<()> {
    let user_id = find_confirmed(state, to).await?;
    hand_over(&FromRef::from_ref(state), None, project_id, user_id).await.map_err(explain)?;
    println!("{to} is the owner of the project; the owner until now is an editor.");
    Ok(())
}

/// The address's owner. Somebody else may have registered with it, so nothing is granted for an unconfirmed address.
async fn find_confirmed(state: &AppState, email: &str) -> anyhow::Result<UserId> {
    let user_id = find(state, email).await?;
    if address::find_of(&state.db, user_id, state.mail.is_some()).await?.is_none() {
        bail!("nobody has shown that {email} is the address of its account: have it confirmed by mail first");
    }
    Ok(user_id)
}

async fn details(state: &AppState, email: &str) -> anyhow::Result<AccountDetails> {
    let user_id = find(state, email).await?;
    routes::find_details(&FromRef::from_ref(state), user_id)
        .await
        .map_err(explain)?
        .with_context(|| format!("{email} has no account"))
}

fn print_shared(details: &AccountDetails) {
    for project in &details.shared_projects {
        let members: Vec<_> = project.candidates.iter().take(5).map(|member| member.email.as_str()).collect();
        println!("  {}  {}  with {}", project.id, project.name, members.join(", "));
    }
}

fn marks(account: &Account) -> String {
    let marks = [
        (account.is_admin, "administrator"),
        (account.disabled_at.is_some(), "disabled"),
        (account.email_verified_at.is_none(), "unconfirmed"),
    ];
    marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark).collect::<Vec<_>>().join(", ")
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}
