//! The memory in which passwords are checked. Argon2 takes 19 MiB for each; to get them page by page from the kernel is a tenth
//! of the whole work. So they stay while one password is checked after another, and go when none was for some seconds.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash::phc};
use tokio::task::AbortHandle;

use super::huge_pages::HugePages;

const KEPT_FOR: Duration = Duration::from_secs(3);

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct HashMemory(Arc<Mutex<Spare>>);

#[derive(Default)]
struct Spare {
    buffers: Vec<Vec<Block>>,
    used_at: Option<Instant>,
    /// The task that waits to free them.
    watcher: Option<AbortHandle>,
}

impl HashMemory {
    /// Whether this is the password of a hash as [`argon2::PasswordHasher`] has made it.
    pub fn verify(&self, password: &[u8], hash: &str) -> anyhow::Result<bool> {
        let hash = phc::PasswordHash::new(hash).context("a stored password hash cannot be read")?;
        let mut buffer = self.spare().buffers.pop().unwrap_or_default();
        let result = verify(&mut buffer, password, &hash);
        let mut spare = self.spare();
        spare.buffers.push(buffer);
        spare.used_at = Some(Instant::now());
        result
    }

    /// Frees what is kept, some time after the last use.
    pub fn free_when_unused(&self) {
        self.free_when_unused_for(KEPT_FOR);
    }

    fn free_when_unused_for(&self, time: Duration) {
        let mut spare = self.spare();
        if spare.watcher.as_ref().is_some_and(|watcher| !watcher.is_finished()) {
            return;
        }
        let memory = self.clone();
        // Should it fail, the next use starts another.
        let watcher = tokio::spawn(async move {
            loop {
                tokio::time::sleep(time).await;
                let mut spare = memory.spare();
                if spare.used_at.is_none_or(|used_at| used_at.elapsed() >= time) {
                    *spare = Spare::default();
                    return;
                }
            }
        });
        spare.watcher = Some(watcher.abort_handle());
    }

    fn spare(&self) -> MutexGuard<'_, Spare> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As [`argon2::PasswordVerifier`], which would make memory of its own.
fn verify(buffer: &mut Vec<Block>, password: &[u8], hash: &phc::PasswordHash) -> anyhow::Result<bool> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let params = Params::try_from(hash)?;
    if buffer.len() != params.block_count() {
        // Argon2 reads all over it: with few entries for it in the processor's table of pages a tenth faster.
        let _huge_pages = HugePages::allow();
        buffer.resize(params.block_count(), Block::new());
    }
    let mut output = vec![0; expected.len()];
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(password, salt, &mut output, buffer)?;
    // Outputs are compared in constant time.
    Ok(phc::Output::new(&output)? == *expected)
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    #[test]
    fn memory_used_before_gives_the_same_answers_as_new_memory() {
        let memory = HashMemory::default();
        let hashes = ["one password", "another one"].map(|password| {
            let hash = Argon2::default().hash_password(password.as_bytes()).expect("hashed");
            (password, hash.to_string())
        });
        for _ in 0..2 {
            for (password, hash) in &hashes {
                assert!(memory.verify(password.as_bytes(), hash).expect("verified"));
                assert!(!memory.verify(b"a wrong one", hash).expect("verified"));
            }
        }
        assert_eq!(memory.spare().buffers.len(), 1);
        assert!(memory.verify(b"x", "not a hash").is_err());
    }

    #[tokio::test]
    async fn memory_is_freed_when_it_was_not_used_for_a_while() {
        let memory = HashMemory::default();
        for _ in 0..2 {
            memory.spare().buffers.push(vec![Block::new()]);
            memory.free_when_unused_for(Duration::from_millis(1));
            memory.free_when_unused_for(Duration::from_millis(1));
            let deadline = Instant::now() + Duration::from_secs(20);
            while !memory.spare().buffers.is_empty() {
                assert!(Instant::now() < deadline, "nothing was freed");
                tokio::task::yield_now().await;
            }
        }
    }
}
