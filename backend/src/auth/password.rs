//! Password hashing (Argon2id with OWASP's parameters: 19 MiB, 2 passes, 1 lane) and the rules for new passwords.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
    time::Duration,
};

use anyhow::Context;
use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use icu_normalizer::ComposingNormalizerBorrowed;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    error::{ApiError, FieldProblem},
    http::schema::{NO_NUL, text_schema},
    off_runtime::{OffRuntime, Purpose},
};

const NFKC: ComposingNormalizerBorrowed = ComposingNormalizerBorrowed::new_nfkc();

/// NIST SP 800-63B requires at least 64; a limit bounds the work per request.
pub const MAX_LENGTH: usize = 128;

// The minimum length is configurable; this is the default.
text_schema!(NewPassword, 8..=MAX_LENGTH, NO_NUL, format "password");
text_schema!(Password, 0..=MAX_LENGTH, NO_NUL, format "password");

/// Passwords that need fewer guesses are common ones or trivial patterns (zxcvbn's ranked lists contain about 30,000 passwords and words).
const MIN_GUESSES: u64 = 100_000;

/// Only this many characters are rated. The work grows with all possible parses, and a password that is strong up to here cannot become
/// weak.
const MAX_JUDGED: usize = 64;

/// Compared for unknown accounts, so that they take as long as known ones.
static ABSENT_ACCOUNT_HASH: LazyLock<Option<String>> = LazyLock::new(|| {
    Argon2::default().hash_password(b"no account has this password").ok().map(|hash| hash.to_string())
});

/// Runs hashes on separate threads: each takes 19 MiB and a core, so only a few run at once, and further ones wait in a short queue. Cheap
/// to clone.
#[derive(Clone)]
pub struct Hasher {
    /// One per running or waiting hash.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Hasher {
    /// The number of concurrent hashes, and how many more may wait.
    pub fn new(concurrency: usize, queue: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { admitted: semaphore(concurrency + queue), running: semaphore(concurrency) }
    }

    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.run(move || {
            let hash = Argon2::default().hash_password(normal(&password).as_bytes()).context("hashing a password")?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password matches `hash`; without a hash (no such account) it takes as long and returns false.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.or_else(|| ABSENT_ACCOUNT_HASH.clone()).context("no hash to compare with")?;
            let hash = PasswordHash::new(&hash).context("a stored password hash cannot be read")?;
            let normal = normal(&password);
            let mut verified = is_password_of(&hash, &normal)?;
            // Hashes from before passwords were normalised used the raw input. An unknown account takes as long.
            if !verified && normal != password {
                verified = is_password_of(&hash, &password)?;
            }
            Ok(verified && known)
        })
        .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> anyhow::Result<T> + Send + 'static,
    {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| ApiError::Busy { retry_after: Duration::from_secs(1) })?;
        let running = Arc::clone(&self.running).acquire_owned().await.context("no hash may run any more")?;
        // The work owns the permits: it continues if the caller goes away.
        let done = spawn_blocking(move || {
            let _permits = (admitted, running);
            work()
        });
        Ok(done.await.context("a hashing thread failed")??)
    }
}

fn is_password_of(hash: &PasswordHash, password: &str) -> anyhow::Result<bool> {
    match Argon2::default().verify_password(password.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error).context("a password cannot be compared with its hash"),
    }
}

/// The normalised form that is hashed (NIST SP 800-63B), so that the keyboard's composition of accents and letter widths does not matter.
fn normal(password: &str) -> Cow<'_, str> {
    NFKC.normalize(password)
}

/// Refuses common passwords. Takes milliseconds, on other threads than sign-ins.
pub async fn check_strength(
    off_runtime: &OffRuntime,
    field: &'static str,
    password: &str,
    about: Vec<String>,
) -> Result<(), ApiError> {
    let judged = judged(password).to_owned();
    let weak = move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        zxcvbn::zxcvbn(&judged, &about).guesses() < MIN_GUESSES
    };
    if off_runtime.run(Purpose::Password, weak).await? {
        return Err(ApiError::field(field, FieldProblem::PasswordTooCommon));
    }
    Ok(())
}

fn judged(password: &str) -> &str {
    password.char_indices().nth(MAX_JUDGED).map_or(password, |(end, _)| &password[..end])
}

/// The rules of NIST SP 800-63B: only length, no composition. [`check_strength`] refuses common passwords.
pub fn check_length(field: &'static str, password: &str, min: usize) -> Result<(), ApiError> {
    let length = password.chars().count();
    if length < min {
        return Err(ApiError::field(field, FieldProblem::TooShort { min }));
    }
    if length > MAX_LENGTH {
        return Err(ApiError::field(field, FieldProblem::TooLong { max: MAX_LENGTH }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Future, poll_fn},
        pin::pin,
        sync::mpsc,
        task::Poll,
    };

    use super::*;

    /// Tries without waiting for the answer.
    async fn begin<T>(asking: &mut (impl Future<Output = Result<T, ApiError>> + Unpin)) {
        poll_fn(|context| {
            assert!(std::pin::Pin::new(&mut *asking).poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn those_above_the_limit_are_refused_and_who_hangs_up_makes_room() {
        let hasher = Hasher::new(1, 1);
        let (go_on, wait) = mpsc::channel::<()>();
        let mut first = pin!(hasher.run(move || Ok(wait.recv()?)));
        begin(&mut first).await;
        let (done, was_done) = mpsc::channel();
        let mut second = Box::pin(hasher.run(move || Ok(done.send("second")?)));
        begin(&mut second).await;
        assert!(matches!(hasher.run(|| Ok(())).await, Err(ApiError::Busy { .. })));
        drop(second);
        let mut third = pin!(hasher.run(|| Ok("third")));
        begin(&mut third).await;
        go_on.send(()).expect("the first waits");
        first.await.expect("done");
        assert_eq!(third.await.expect("done"), "third");
        assert!(was_done.try_recv().is_err(), "nothing is done for who has hung up");
    }

    #[tokio::test]
    async fn what_fails_leaves_room_for_the_next() {
        let hasher = Hasher::new(1, 0);
        let failed: Result<(), _> = hasher.run(|| panic!("on purpose")).await;
        assert!(matches!(failed, Err(ApiError::Internal(_))));
        assert!(hasher.verify("a password".to_owned(), None).await.is_ok_and(|right| !right));
    }

    #[tokio::test]
    async fn a_password_is_that_of_its_hash_alone() {
        let hasher = Hasher::new(1, 0);
        let verify = async |password: &str, hash: &str| hasher.verify(password.to_owned(), Some(hash.to_owned())).await;
        // An accent as a separate character, and as part of the letter.
        let hash = hasher.hash("cafe\u{301} au lait".to_owned()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("caf\u{e9} au lait", &hash).await.expect("compared"));
        assert!(!verify("cafe au lait", &hash).await.expect("compared"));
        let as_typed = Argon2::default().hash_password("cafe\u{301}".as_bytes()).expect("hashed").to_string();
        assert!(verify("cafe\u{301}", &as_typed).await.expect("compared"), "from before passwords were normalised");
        assert!(matches!(verify("any", "no hash").await, Err(ApiError::Internal(_))));
    }

    #[tokio::test]
    async fn what_is_judged_of_a_password_is_bounded_and_judged_beside_sign_ins() {
        assert_eq!(judged(&"4@8({[<36!1|0$+57%2".repeat(7)).chars().count(), MAX_JUDGED);
        assert_eq!(judged("数据备份"), "数据备份");
        let hasher = Hasher::new(1, 0);
        let (go_on, wait) = mpsc::channel::<()>();
        let mut sign_in = pin!(hasher.run(move || Ok(wait.recv()?)));
        begin(&mut sign_in).await;
        // All hashing threads are busy.
        let judge =
            async |password: &str| check_strength(&OffRuntime::default(), "password", password, Vec::new()).await;
        assert!(judge("seven quiet lanterns").await.is_ok());
        assert!(matches!(judge("password1").await, Err(ApiError::Validation(_))));
        go_on.send(()).expect("it waits");
        sign_in.await.expect("done");
    }
}
