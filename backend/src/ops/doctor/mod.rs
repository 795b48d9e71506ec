//! What is wrong with this installation, and how to mend it: checks that run side by side, each within its time. None of
//! them can fail the others; what cannot be found out is a finding too.

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

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(6);

/// What is looked at.
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

/// A value for the texts. Names that end in `_bytes`, `_seconds` and `_at` say how it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ParameterValue {
    Number(i64),
    Text(String),
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    pub id: Check,
    pub status: Severity,
    /// Names the text that says what is wrong and how to mend it.
    pub cause: Cause,
    /// What that text fills in.
    #[schema(value_type = BTreeMap<String, ParameterValue>)]
    pub parameters: BTreeMap<&'static str, ParameterValue>,
}

impl Finding {
    fn new(id: Check, cause: Cause) -> Self {
        Self { id, status: cause.entry().status, cause, parameters: BTreeMap::new() }
    }

    fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        // Some of it was sent by whoever asks.
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

    /// How to mend it, in English; empty when there is nothing to mend.
    pub fn remedy(&self) -> String {
        text::fill(self.cause.entry().remedy, &self.parameters)
    }
}

/// Everything that can be found out without a request.
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

/// The same, and what this request shows of the proxies before the server.
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
