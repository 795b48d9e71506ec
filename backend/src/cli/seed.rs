//! Sample data from `database/seeds/demo.json`, created through the same code as real data.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, anyhow, bail};
use axum::extract::FromRef;
use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use secrecy::SecretString;
use serde::Deserialize;

use super::context::Context;
use crate::{
    config::{Config, Environment},
    events::{Change, Topic},
    id::{Id, ProjectId, TaskId, UserId},
    local_time::zone_of,
    ordering,
    projects::{
        self, member_store,
        model::{NewProject, Role},
    },
    quotas::Added,
    sign_in::{self, NewAccount},
    state::AppState,
    tags::{self, store::TaskTag},
    tasks::{
        model::{Priority, Status},
        store::{self, TaskValues},
    },
    users::{self, model::Language},
};

const DEMO: &str = include_str!("../../../database/seeds/demo.json");
const TAG_COLORS: [&str; 5] = ["#3b82f6", "#f59e0b", "#10b981", "#a855f7", "#ef4444"];

#[derive(Deserialize)]
struct Demo {
    accounts: Vec<DemoAccount>,
    projects: Vec<DemoProject>,
}

#[derive(Deserialize)]
struct DemoAccount {
    key: String,
    email: String,
    name: String,
    password: String,
    language: Language,
    time_zone: String,
}

#[derive(Deserialize)]
struct DemoProject {
    owner: String,
    #[serde(default)]
    inbox: bool,
    #[serde(default)]
    name: String,
    color: Option<String>,
    icon: Option<String>,
    #[serde(default)]
    members: Vec<DemoMember>,
    tasks: Vec<DemoTask>,
}

#[derive(Deserialize)]
struct DemoMember {
    account: String,
    role: Role,
}

#[derive(Deserialize)]
struct DemoTask {
    title: String,
    #[serde(default)]
    description: String,
    status: Option<Status>,
    priority: Option<Priority>,
    #[serde(default)]
    tags: Vec<String>,
    assignee: Option<String>,
    due_in_days: Option<i64>,
    due_in_hours: Option<i64>,
    completed_days_ago: Option<i64>,
    #[serde(default)]
    subtasks: Vec<DemoSubtask>,
}

#[derive(Deserialize)]
struct DemoSubtask {
    title: String,
    #[serde(default)]
    done: bool,
}

pub async fn run(config: Config) -> anyhow::Result<()> {
    let context = Context::open_beside_server(config).await?;
    let result = fill(&context.state).await;
    context.close().await?;
    result
}

/// Creates the sample accounts with their projects, unless they exist, and prints how to sign in.
pub async fn fill(state: &AppState) -> anyhow::Result<()> {
    if state.config.environment == Environment::Production {
        bail!("sample accounts have known passwords: they are not made in production");
    }
    let demo: Demo = serde_json::from_str(DEMO).context("database/seeds/demo.json")?;
    let first = demo.accounts.first().context("no sample accounts")?;
    if users::store::find_id_by_email(&state.db, &first.email).await?.is_none() {
        let mut users = HashMap::new();
        for account in &demo.accounts {
            users.insert(account.key.as_str(), make_account(state, account).await?);
        }
        for project in &demo.projects {
            make_project(state, &users, project).await?;
        }
    }
    println!("Sample accounts (e-mail address, password):");
    for account in &demo.accounts {
        println!("  {}  {}", account.email, account.password);
    }
    Ok(())
}

async fn make_account(state: &AppState, account: &DemoAccount) -> anyhow::Result<(UserId, Tz)> {
    let new = NewAccount {
        email: account.email.clone(),
        password: SecretString::from(account.password.clone()),
        name: account.name.clone(),
        language: account.language,
        time_zone: account.time_zone.clone(),
        is_admin: false,
        is_confirmed: true,
    };
    let verified = sign_in::create_account(&FromRef::from_ref(state), new)
        .await
        .map_err(|error| anyhow!("{}: {error}", account.email))?;
    Ok((verified.profile.id, zone_of(&account.time_zone)))
}

async fn make_project(
    state: &AppState,
    users: &HashMap<&str, (UserId, Tz)>,
    project: &DemoProject,
) -> anyhow::Result<()> {
    let user = |key: &str| users.get(key).copied().with_context(|| format!("no sample account {key}"));
    let (owner_id, time_zone) = user(&project.owner)?;
    let mut change = Change::begin(&state.db, owner_id).await?;
    let project_id = if project.inbox {
        projects::store::find_inbox_id(change.connection(), owner_id).await?
    } else {
        let id = Id::new();
        let new = NewProject {
            id: None,
            name: project.name.clone(),
            color: project.color.clone(),
            icon: project.icon.clone(),
        };
        projects::store::insert(change.connection(), owner_id, id, &new).await?;
        change.create_topic(Topic::Project(id)).await?;
        id
    };
    for member in &project.members {
        member_store::insert(change.connection(), project_id, user(&member.account)?.0, member.role).await?;
    }
    let mut position = None;
    let mut tag_names: Vec<&str> = Vec::new();
    for task in &project.tasks {
        let assignee_id = task.assignee.as_deref().map(user).transpose()?.map(|(id, _)| id);
        let next = ordering::between(position.as_deref(), None)?;
        let values = task_values(project_id, task, assignee_id, time_zone, next.clone());
        position = Some(next);
        let id = Id::new();
        store::insert(change.connection(), id, owner_id, &values).await?;
        if let Some(days) = task.completed_days_ago {
            set_completed(&mut change, id, Utc::now() - TimeDelta::days(days)).await?;
        }
        let mut new_tags = Vec::new();
        for name in &task.tags {
            let index = tag_names.iter().position(|known| known == name).unwrap_or_else(|| {
                tag_names.push(name);
                tag_names.len() - 1
            });
            new_tags.push(TaskTag {
                task_id: id,
                name: name.clone(),
                color: TAG_COLORS[index % TAG_COLORS.len()].to_owned(),
            });
        }
        tags::store::attach(change.connection(), project_id, &new_tags).await?;
        for subtask in &task.subtasks {
            let next = ordering::between(position.as_deref(), None)?;
            let values = TaskValues {
                parent_id: Some(id),
                title: subtask.title.clone(),
                status: if subtask.done { Status::Done } else { Status::Todo },
                ..empty_values(project_id, next.clone())
            };
            position = Some(next);
            store::insert(change.connection(), Id::new(), owner_id, &values).await?;
        }
    }
    // No events report what was created, so quotas are checked explicitly.
    let added = Added {
        tasks: BTreeMap::from([(project_id, 0)]),
        tags: BTreeSet::from([project_id]),
        members: BTreeSet::from([project_id]),
        projects: BTreeSet::from([owner_id]),
        ..Added::default()
    };
    state.bus.quotas().check(change.connection(), None, &added).await?;
    change.commit(&state.bus).await?;
    Ok(())
}

fn empty_values(project_id: ProjectId, position: String) -> TaskValues {
    TaskValues {
        project_id,
        parent_id: None,
        title: String::new(),
        description: String::new(),
        status: Status::Todo,
        priority: Priority::None,
        assignee_id: None,
        start_date: None,
        start_at: None,
        due_date: None,
        due_at: None,
        position,
    }
}

fn task_values(
    project_id: ProjectId,
    task: &DemoTask,
    assignee_id: Option<UserId>,
    time_zone: Tz,
    position: String,
) -> TaskValues {
    let today = Utc::now().with_timezone(&time_zone).date_naive();
    let in_days = |days: i64| {
        if days < 0 { today - Days::new(days.unsigned_abs()) } else { today + Days::new(days.unsigned_abs()) }
    };
    let in_hours = |hours: i64| -> DateTime<Utc> { Utc::now() + TimeDelta::hours(hours) };
    TaskValues {
        title: task.title.clone(),
        description: task.description.clone(),
        status: task.status.unwrap_or(Status::Todo),
        priority: task.priority.unwrap_or(Priority::None),
        assignee_id,
        due_date: task.due_in_days.map(in_days),
        due_at: task.due_in_hours.map(in_hours),
        ..empty_values(project_id, position)
    }
}

async fn set_completed(change: &mut Change, id: TaskId, at: DateTime<Utc>) -> anyhow::Result<()> {
    sqlx::query!("UPDATE tasks SET completed_at = $2, created_at = least(created_at, $2) WHERE id = $1", id, at)
        .execute(change.connection())
        .await?;
    Ok(())
}
