//! Members who sign in and read while others are told: at a steady rate, whether the answer before has come or not.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{MEANWHILE, of_times};
use crate::{
    data::{PASSWORD, Person},
    results::Measurement,
    scale::{email, told_name},
    times::Times,
};

/// Who signs in keeps a core busy for some milliseconds.
const SIGN_INS_EVERY: Duration = Duration::from_millis(500);
const READS_EVERY: Duration = Duration::from_millis(50);
/// From one member to the next.
const STEP: usize = 7;

/// What was found while the members of one project were told.
#[derive(Default)]
pub struct Probes {
    sign_ins: Arc<Probe>,
    reads: Arc<Probe>,
}

#[derive(Default)]
struct Probe(Mutex<Found>);

#[derive(Default)]
struct Found {
    times: Times,
    /// Told to come again later.
    refused: u64,
    complaints: Vec<String>,
}

/// Asks until it is told to end.
pub struct Asking {
    is_over: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Probes {
    pub fn begin(&self, address: SocketAddr, members: &[Person]) -> Asking {
        let (client, base) = (Client::new(), format!("http://{address}/api/v1"));
        let (members, login, tasks) =
            (members.to_vec(), format!("{base}/auth/login"), format!("{base}/tasks?limit=50"));
        let (readers, reading) = (members.clone(), client.clone());
        let sign_in = move |count: usize| {
            let email = email(members[count * STEP % members.len()].number);
            client.post(&login).json(&json!({ "email": email, "password": PASSWORD }))
        };
        let read = move |count: usize| reading.get(&tasks).bearer_auth(&readers[count * STEP % readers.len()].token);
        let mut asking = Asking { is_over: Arc::default(), tasks: JoinSet::new() };
        asking.tasks.spawn(ask(Arc::clone(&self.sign_ins), SIGN_INS_EVERY, Arc::clone(&asking.is_over), sign_in));
        asking.tasks.spawn(ask(Arc::clone(&self.reads), READS_EVERY, Arc::clone(&asking.is_over), read));
        asking
    }

    pub fn measurements(self, of_many: bool) -> Vec<Measurement> {
        let probes = MEANWHILE.into_iter().zip([self.sign_ins, self.reads]);
        probes.map(|(what, probe)| probe.measurement(told_name(of_many, what))).collect()
    }
}

impl Asking {
    /// Waits for the answers that have not come.
    pub async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
    }
}

async fn ask(
    probe: Arc<Probe>,
    every: Duration,
    is_over: Arc<AtomicBool>,
    request: impl Fn(usize) -> RequestBuilder + Send + 'static,
) {
    let (mut ticks, mut running) = (interval(every), JoinSet::new());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for count in 0.. {
        ticks.tick().await;
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        running.spawn(Arc::clone(&probe).send(request(count)));
        while running.try_join_next().is_some() {}
    }
    running.join_all().await;
}

impl Probe {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(self: Arc<Self>, request: RequestBuilder) {
        let begun = Instant::now();
        let answer = async {
            let answer = request.send().await?;
            let status = answer.status();
            answer.bytes().await.map(|_| status)
        };
        let answer = answer.await;
        let took = begun.elapsed();
        let mut found = self.found();
        match answer {
            Ok(StatusCode::OK) => found.times.record(took),
            Ok(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => found.refused += 1,
            Ok(status) => found.complaints.push(format!("a member was answered with {status}")),
            Err(error) => found.complaints.push(format!("a member was not answered: {error:#}")),
        }
    }

    fn measurement(&self, name: String) -> Measurement {
        let Found { times, refused, complaints } = std::mem::take(&mut *self.found());
        let mut measurement = Measurement {
            name,
            unexpected: complaints.len() as u64,
            complaints: complaints.into_iter().take(5).collect(),
            ..of_times(&times)
        };
        measurement.figures.insert("refused".to_owned(), refused as f64);
        measurement
    }
}
