use axum::{Json, extract::State, http::HeaderMap};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Finding, SeenRequest};
use crate::{auth::Administrator, http::client_address::ClientInfo, state::AppState};

/// The results of the checks.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoctorReport {
    /// When the last check finished, by the server's clock.
    pub checked_at: DateTime<Utc>,
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    pub items: Vec<Finding>,
}

/// Check this installation (administrators)
#[utoipa::path(get, path = "/admin/doctor", tag = "administration", responses((status = 200, body = DoctorReport)))]
pub async fn examine(
    State(state): State<AppState>,
    _: Administrator,
    client: ClientInfo,
    headers: HeaderMap,
) -> Json<DoctorReport> {
    let request = SeenRequest { peer: client.peer, address: client.address, headers };
    let items = super::examine_with(&state, &request).await;
    Json(DoctorReport { checked_at: Utc::now(), version: env!("CARGO_PKG_VERSION"), items })
}
