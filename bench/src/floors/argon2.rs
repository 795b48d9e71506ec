//! Argon2 alone: how many passwords this machine verifies in a second.

use std::time::{Duration, Instant};

use anyhow::Context;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use hdrhistogram::Histogram;

use crate::results::{Latency, Measurement};

const PASSWORD: &[u8] = b"four words of a phrase";

/// `floor/argon2`: verifies a password again and again with the server's parameters, on so many threads; the server takes as
/// many as there are cores.
pub async fn measure(threads: u32, seconds: u64) -> anyhow::Result<Measurement> {
    let hash = Argon2::default().hash_password(PASSWORD).context("the password cannot be hashed")?.to_string();
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let hash = hash.clone();
            tokio::task::spawn_blocking(move || verify_until(end, &hash))
        })
        .collect();
    let mut durations = Histogram::<u64>::new(3)?;
    let mut wrong = 0;
    for worker in workers {
        let (own, own_wrong) = worker.await.context("a thread that verifies passwords failed")??;
        durations.add(own)?;
        wrong += own_wrong;
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let answers = durations.len() - wrong;
    let milliseconds = |quantile: f64| durations.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(Measurement {
        name: "floor/argon2".to_owned(),
        clients: threads,
        seconds: elapsed,
        answers,
        unexpected: wrong,
        complaints: if wrong > 0 { vec!["the right password was refused".to_owned()] } else { Vec::new() },
        per_second: answers as f64 / elapsed,
        latency: Some(Latency { p50: milliseconds(0.5), p90: milliseconds(0.9), p99: milliseconds(0.99) }),
        usage: None,
        figures: Default::default(),
    })
}

/// How long each took, in microseconds, and how many did not verify.
fn verify_until(end: Instant, hash: &str) -> anyhow::Result<(Histogram<u64>, u64)> {
    let mut durations = Histogram::new(3)?;
    let mut wrong = 0;
    while Instant::now() < end {
        let begun = Instant::now();
        let hash = PasswordHash::new(hash).context("the hash cannot be read")?;
        wrong += u64::from(Argon2::default().verify_password(PASSWORD, &hash).is_err());
        durations.record(u64::try_from(begun.elapsed().as_micros())?)?;
    }
    Ok((durations, wrong))
}
