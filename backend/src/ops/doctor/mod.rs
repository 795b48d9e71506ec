//! The system check: checks that run concurrently, each with a time limit. None can fail the others; what cannot be determined is a finding
//! too.

mod background;
mod backup;
mod certificate;
mod clock;
mod collations;
mod cookies;
mod disk;
mod finding_catalog;
mod forwarding;
pub mod routes;
mod services;
mod text;
mod tls;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use utoipa::ToSchema;

pub use self::{
    finding_catalog::{Cause, Severity},
    forwarding::SeenRequest,
};
use crate::state::AppState;

/// Time limit of a check.
const PATIENCE: Duration = Duration::from_secs(6);

/// The subject of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    ClientAddress,
    PublicAddress,
    Cookies,
    Clock,
    Certificate,
    Database,
    Collations,
    Redis,
    Mail,
    Deliveries,
    Background,
    Disk,
    Backup,
}

/// A value for the texts. Names ending in `_bytes`, `_seconds` and `_at` determine the format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ParameterValue {
    Number(i64),
    Text(String),
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    pub id: Check,
    pub status: Severity,
    /// Names the text with the problem and its fix.
    pub cause: Cause,
    /// The parameters of that text.
    #[schema(value_type = BTreeMap<String, ParameterValue>)]
    pub parameters: BTreeMap<&'static str, ParameterValue>,
}

impl Finding {
    fn new(id: Check, cause: Cause) -> Self {
        Self { id, status: cause.entry().status, cause, parameters: BTreeMap::new() }
    }

    fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        // Some of it was sent by the client.
        let value = value.into().chars().take(300).collect();
        self.parameters.insert(name, ParameterValue::Text(value));
        self
    }

    fn number(mut self, name: &'static str, value: impl TryInto<i64>) -> Self {
        self.parameters.insert(name, ParameterValue::Number(value.try_into().unwrap_or(i64::MAX)));
        self
    }

    /// What is wrong, in English.
    pub fn what(&self) -> String {
        text::fill(self.cause.entry().what, &self.parameters)
    }

    /// How to fix it, in English; empty if there is nothing to fix.
    pub fn remedy(&self) -> String {
        text::fill(self.cause.entry().remedy, &self.parameters)
    }
}

/// All checks that need no request.
pub async fn examine(state: &AppState) -> Vec<Finding> {
    let config = &state.config;
    let (clock, certificate, database, collations, redis, mail, deliveries, background, disk, backup) = tokio::join!(
        in_time(Check::Clock, clock::check(&state.db)),
        in_time(Check::Certificate, certificate::check(config)),
        in_time(Check::Database, services::database(state)),
        in_time(Check::Collations, collations::check(state)),
        in_time(Check::Redis, services::redis(state)),
        in_time(Check::Mail, services::mail(state)),
        in_time(Check::Deliveries, services::deliveries(state)),
        in_time(Check::Background, background::check(state)),
        in_time(Check::Disk, disk::check(config)),
        in_time(Check::Backup, backup::check(config)),
    );
    vec![
        cookies::check(config),
        clock,
        certificate,
        database,
        collations,
        redis,
        mail,
        deliveries,
        background,
        disk,
        backup,
    ]
}

/// The same, plus what this request reveals about proxies.
pub async fn examine_with(state: &AppState, request: &SeenRequest) -> Vec<Finding> {
    let mut findings = forwarding::check(&state.config, request);
    findings.extend(examine(state).await);
    findings
}

async fn in_time(id: Check, check: impl Future<Output = Finding>) -> Finding {
    tokio::time::timeout(PATIENCE, check)
        .await
        .unwrap_or_else(|_| Finding::new(id, Cause::TookTooLong).number("limit_seconds", PATIENCE.as_secs()))
}
