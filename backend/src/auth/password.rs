//! Password hashing (Argon2id with OWASP's parameters: 19 MiB, 2 passes, 1 lane) and the rules for new passwords.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use anyhow::Context;
use argon2::{Argon2, password_hash::PasswordHasher};
use tokio::sync::Semaphore;

use super::hash_memory::HashMemory;
use crate::{config::AuthConfig, error::ApiError};

/// NIST SP 800-63B asks for at least 64; a limit keeps the work for one request bounded.
pub const MAX_LENGTH: usize = 128;

/// Below so many guesses a password is, whole, one of the common ones or a trivial pattern (zxcvbn's ranked lists hold
/// some 30,000 passwords and words).
const MIN_GUESSES: u64 = 100_000;

/// What unknown accounts are checked against, so that they take as long as known ones.
static ABSENT_ACCOUNT_HASH: LazyLock<Option<String>> = LazyLock::new(|| {
    Argon2::default().hash_password(b"no account has this password").ok().map(|hash| hash.to_string())
});

/// Runs hashes on threads of their own, as many at once as there are cores; those above wait in a short queue.
#[derive(Clone)]
pub struct Hasher {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
    memory: HashMemory,
}

impl Hasher {
    pub fn new(config: &AuthConfig) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(config.hash_concurrency)),
            waiting: Arc::new(AtomicUsize::new(0)),
            queue: config.hash_queue,
            memory: HashMemory::default(),
        }
    }

    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_bytes()).context("hashing a password")?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is that of `hash`; with no hash (no such account) it takes as long and is false.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let memory = self.memory.clone();
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.or_else(|| ABSENT_ACCOUNT_HASH.clone()).context("no hash to compare with")?;
            let verified = memory.verify(password.as_bytes(), &hash);
            memory.free_when_unused();
            Ok(verified? && known)
        })
        .await
    }

    /// Refuses a common password; costs milliseconds, so it takes a slot like a hash.
    pub async fn check_strength(
        &self,
        field: &'static str,
        password: String,
        about: Vec<String>,
    ) -> Result<(), ApiError> {
        let weak = self
            .run(move || {
                let about: Vec<&str> = about.iter().map(String::as_str).collect();
                Ok(zxcvbn::zxcvbn(&password, &about).guesses() < MIN_GUESSES)
            })
            .await?;
        if weak {
            return Err(ApiError::field(field, "is too common or easy to guess; a few unrelated words are better"));
        }
        Ok(())
    }

    async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> anyhow::Result<T> + Send + 'static,
    {
        let permit = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = Place::take(&self.waiting, self.queue)?;
                Arc::clone(&self.slots).acquire_owned().await.context("the hasher is closed")?
            }
        };
        // The permit goes with the work: a client that hangs up does not free a slot that is still in use.
        let result = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(result.await.context("a hashing thread failed")??)
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, limit: usize) -> Result<Self, ApiError> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= limit {
            return Err(ApiError::Busy { retry_after: Duration::from_secs(1) });
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The rules of NIST SP 800-63B: length alone, no composition. Common passwords are refused apart, by
/// [`Hasher::check_strength`].
pub fn check_length(field: &'static str, password: &str, min: usize) -> Result<(), ApiError> {
    let length = password.chars().count();
    if length < min || length > MAX_LENGTH {
        return Err(ApiError::field(field, format!("must have {min} to {MAX_LENGTH} characters")));
    }
    Ok(())
}
