//! Which background tasks run in a process, beside those that a part of the server starts for itself.

use super::migrations;
use crate::{
    announcements, jobs, notifications, outbox, projects::invitations, rate_limit, state::AppState, supervisor,
};

/// What every process needs that stays.
pub fn start(state: &AppState) {
    migrations::check(state);
    jobs::start_metrics_upkeep(state);
    rate_limit::start_upkeep(state);
    supervisor::report::start(state);
    notifications::unsubscribe_keys::start(state);
}

/// The work that is nobody's request.
pub fn start_work(state: &AppState) {
    outbox::worker::start(state);
    announcements::worker::start(state);
    invitations::announce::start(state);
    jobs::start(state);
}
