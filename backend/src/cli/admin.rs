use std::io::{IsTerminal, Read};

use anyhow::{Context as _, anyhow};
use axum::extract::FromRef;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::{Args, Subcommand};
use garde::Validate;
use secrecy::SecretString;

use super::{admin_accounts, admin_announce, admin_deliveries, context::Context};
use crate::{
    auth::{self, password},
    config::Config,
    error::ApiError,
    events::Change,
    http::{email::with_ascii_domain, input_errors, text},
    id::{ProjectId, UserId},
    sign_in,
    state::AppState,
    users::{self, model::Language},
};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Create an administrator account
    ///
    /// Reads the password from standard input if piped; otherwise generates and prints one.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: Option<String>,
    },
    /// Show the setup code with which an account becomes the first administrator
    SetupCode,
    /// List all accounts, newest first
    List {
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Find accounts by part of the name or address
    Search {
        text: String,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Show an account with its details
    Show(Which),
    /// Disable an account: it is signed out everywhere and cannot be used until it is enabled
    Disable {
        #[command(flatten)]
        which: Which,
        /// Visible to other administrators, not to the person
        #[arg(long)]
        reason: Option<String>,
    },
    /// Enable a disabled account
    Enable(Which),
    /// Grant administrator rights
    Promote(Which),
    /// Revoke administrator rights, except from the last administrator
    Demote(Which),
    /// Sign an account out everywhere
    EndSessions(Which),
    /// Delete an account permanently, with its own projects
    ///
    /// Refused while it owns projects with other members; `show` lists them, `transfer` gives them a new owner.
    Delete {
        #[command(flatten)]
        which: Which,
        /// Required: without it nothing is deleted
        #[arg(long)]
        yes: bool,
    },
    /// Set a new password and end all sessions
    ///
    /// Reads the password from standard input if piped; otherwise generates and prints one.
    ResetPassword {
        #[arg(long)]
        email: String,
    },
    /// Make a project member its owner immediately
    Transfer {
        /// The project's id, as in its URL
        #[arg(long)]
        project: ProjectId,
        /// The member's email address
        #[arg(long)]
        to: String,
    },
    /// List outgoing mail and webhook messages, and retry failed ones
    Deliveries(admin_deliveries::Options),
    /// Send an announcement to everyone, in the app and by mail
    Announce(admin_announce::Options),
}

/// The account.
#[derive(Args)]
pub(super) struct Which {
    #[arg(long)]
    pub email: String,
}

pub async fn run(config: Config, options: Options) -> anyhow::Result<()> {
    let context = Context::open_beside_server(config).await?;
    let result = match options.command {
        AdminCommand::Create { email, name } => create(&context.state, email, name).await,
        AdminCommand::SetupCode => admin_accounts::setup_code(&context.state).await,
        AdminCommand::List { limit } => admin_accounts::list(&context.state, None, limit).await,
        AdminCommand::Search { text, limit } => admin_accounts::list(&context.state, Some(&text), limit).await,
        AdminCommand::Show(which) => admin_accounts::show(&context.state, &which.email).await,
        AdminCommand::Disable { which, reason } => {
            admin_accounts::disable(&context.state, &which.email, reason.as_deref()).await
        }
        AdminCommand::Enable(which) => admin_accounts::enable(&context.state, &which.email).await,
        AdminCommand::Promote(which) => admin_accounts::set_admin(&context.state, &which.email, true).await,
        AdminCommand::Demote(which) => admin_accounts::set_admin(&context.state, &which.email, false).await,
        AdminCommand::EndSessions(which) => admin_accounts::end_sessions(&context.state, &which.email).await,
        AdminCommand::Delete { which, yes } => admin_accounts::delete(&context.state, &which.email, yes).await,
        AdminCommand::ResetPassword { email } => reset_password(&context.state, &email).await,
        AdminCommand::Transfer { project, to } => admin_accounts::transfer(&context.state, project, &to).await,
        AdminCommand::Deliveries(options) => admin_deliveries::run(&context.state, options).await,
        AdminCommand::Announce(options) => admin_announce::run(&context.state, options).await,
    };
    context.close().await?;
    result
}

/// A password, and whether it must be printed because it was generated.
fn choose_password() -> anyhow::Result<(String, bool)> {
    let mut piped = String::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().take(1024).read_to_string(&mut piped).context("reading the password from standard input")?;
    }
    let piped = piped.trim_end_matches(['\r', '\n']);
    if piped.is_empty() {
        return Ok((URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>()), true));
    }
    Ok((piped.to_owned(), false))
}

pub(super) fn explain(error: ApiError) -> anyhow::Error {
    match error {
        ApiError::Validation(errors) => {
            let lines: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
            anyhow!(lines.join("; "))
        }
        ApiError::Internal(error) => error,
        other => anyhow!(other),
    }
}

/// With the rules for registration.
#[derive(Validate)]
struct Identity {
    #[garde(email, length(max = 254))]
    email: String,
    #[garde(length(chars, max = 100), custom(text::one_line))]
    name: String,
}

async fn create(state: &AppState, email: String, name: Option<String>) -> anyhow::Result<()> {
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or("admin").to_owned());
    let given = Identity { email: with_ascii_domain(&email), name };
    input_errors::check(&given).map_err(explain).context("the account cannot be made like this")?;
    let (password, show) = choose_password()?;
    let account = sign_in::NewAccount {
        email: given.email,
        password: SecretString::from(password.clone()),
        name: given.name,
        language: Language::default(),
        time_zone: "UTC".to_owned(),
        is_admin: true,
        is_confirmed: true,
    };
    let profile = sign_in::create_account(&FromRef::from_ref(state), account).await.map_err(explain)?.profile;
    println!("{} is an administrator.", profile.email);
    if show {
        println!("Password: {password}");
    }
    Ok(())
}

pub(super) async fn find(state: &AppState, email: &str) -> anyhow::Result<UserId> {
    let found = users::store::find_id_by_email(&state.db, &with_ascii_domain(email)).await?;
    found.with_context(|| format!("{email} has no account"))
}

async fn reset_password(state: &AppState, email: &str) -> anyhow::Result<()> {
    let user_id = find(state, email).await?;
    let (password, show) = choose_password()?;
    password::check_length("password", &password, state.config.auth.password_min_length).map_err(explain)?;
    let about = vec![email.to_owned()];
    password::check_strength(&state.off_runtime, "password", &password, about).await.map_err(explain)?;
    let hash = state.hasher.hash(password.clone()).await.map_err(explain)?;
    let mut change = Change::begin(&state.db, None).await?;
    change.lock_users(&[user_id]).await?;
    let ended = sign_in::new_password::set(&mut change, user_id, &hash, None).await?;
    auth::finish_ending(&state.bus, change, user_id, &ended).await.map_err(explain)?;
    println!("{email} has a new password; {} session(s) ended.", ended.len());
    if show {
        println!("Password: {password}");
    }
    Ok(())
}
