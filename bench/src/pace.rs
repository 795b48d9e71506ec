//! How hard a load is.

use crate::{floors::pgbench::PLANNING_SECONDS, plan::Plan, results::Measurement};

/// The share of the peak at which latency is looked at.
const LOAD_SHARE: f64 = 0.8;

/// How many ask, and how.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub clients: u32,
    /// The mean pause of a client before each request.
    pub pause_ms: f64,
    pub warm_up_seconds: u64,
}

impl Pace {
    /// Each client asks again as soon as it has its answer.
    pub fn full(plan: &Plan) -> Self {
        Self { clients: plan.clients, pause_ms: 0.0, warm_up_seconds: plan.warm_up_seconds }
    }

    /// For loads of many statements: with time for PostgreSQL to plan each, as their floor has it.
    pub fn full_and_planned(plan: &Plan) -> Self {
        let planning = if plan.warm_up_seconds > 0 { PLANNING_SECONDS } else { 0 };
        Self { warm_up_seconds: plan.warm_up_seconds + planning, ..Self::full(plan) }
    }

    /// So many clients with so long pauses that they together ask at 80% of what was answered at full pace.
    pub fn below(peak: &Measurement, plan: &Plan) -> Self {
        /// Longer than most answers take, so that what is offered hardly depends on how long they take.
        const CYCLE_SECONDS: f64 = 0.1;
        let per_second = peak.per_second * LOAD_SHARE;
        let clients = (per_second * CYCLE_SECONDS).ceil().clamp(16.0, 256.0);
        let answer_ms = peak.latency.map_or(0.0, |latency| latency.p50 / 2.0);
        let pause_ms = (clients * 1000.0 / per_second - answer_ms).max(1.0);
        Self { clients: clients as u32, pause_ms, warm_up_seconds: plan.warm_up_seconds }
    }
}
