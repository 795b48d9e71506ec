//! The background tasks of a process, besides those that parts of the server start themselves.

use axum::extract::FromRef;

use super::migrations;
use crate::{
    announcements, jobs, mailer, notices, notifications, outbox,
    projects::invitations,
    rate_limit,
    state::{AppState, Background},
    supervisor, webhooks,
};

/// Long-lived tasks that every process needs.
pub fn start(state: &AppState) {
    migrations::check(state);
    jobs::start_metrics_upkeep(state);
    rate_limit::start_upkeep(&state.limiter, &state.supervisor, &state.draining);
    start_report(state);
    start_notices(state);
    notifications::unsubscribe_keys::start(FromRef::from_ref(state), &state.supervisor);
}

/// Tells people of what this process, and any other, has changed.
pub fn start_notices(state: &AppState) {
    notices::worker::start(FromRef::from_ref(&state.for_background(Background::Notices)), &state.supervisor);
}

/// Reports this process's interrupted tasks to other processes.
pub fn start_report(state: &AppState) {
    let db = state.for_background(Background::Scheduled).db.clone();
    supervisor::report::start(&state.supervisor, db, state.process, state.config.role.as_str());
}

/// Work that belongs to no request.
pub fn start_work(state: &AppState) {
    start_deliveries(state);
    let scheduled = state.for_background(Background::Scheduled);
    announcements::worker::start(FromRef::from_ref(&scheduled), &state.supervisor, state.draining.clone());
    invitations::notify::start(FromRef::from_ref(&scheduled), &state.supervisor);
    jobs::start(state);
}

/// Processes each channel separately until the process drains. Deliveries being sent are finished; other claims are released.
pub fn start_deliveries(state: &AppState) {
    if state.mail.is_some() {
        let of_mail = mailer::Parts::from_ref(&state.for_background(Background::Mail));
        state.supervisor.spawn("mail", move || mailer::worker::run(of_mail.clone()));
    }
    let of_webhooks = webhooks::Parts::from_ref(&state.for_background(Background::Webhooks));
    state.supervisor.spawn("webhooks", move || webhooks::worker::run(of_webhooks.clone()));
    let (db, stop) = (state.for_background(Background::Scheduled).db.clone(), state.draining.clone());
    state.supervisor.spawn("delivery_count", move || outbox::worker::watch(db.clone(), stop.clone()));
    let (bus, stop) = (state.bus.clone(), state.draining.clone());
    state.supervisor.spawn("worker_calls", move || {
        let (bus, stop) = (bus.clone(), stop.clone());
        async move {
            stop.run_until_cancelled(bus.worker_signal().listen()).await;
        }
    });
}
