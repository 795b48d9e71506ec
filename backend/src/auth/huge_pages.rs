//! Huge pages of memory, for one purpose in a process that otherwise does without them (see `main`).

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many [`HugePages`] live.
static ALLOWED: Mutex<usize> = Mutex::new(0);

/// As long as this lives, memory that the process touches for the first time may come in huge pages, where the system has them
/// (`/sys/kernel/mm/transparent_hugepage`). What has come so stays so.
pub struct HugePages(());

impl HugePages {
    pub fn allow() -> Self {
        let mut allowed = lock();
        *allowed += 1;
        set_disabled(false);
        Self(())
    }
}

impl Drop for HugePages {
    fn drop(&mut self) {
        let mut allowed = lock();
        *allowed -= 1;
        set_disabled(*allowed == 0);
    }
}

fn lock() -> MutexGuard<'static, usize> {
    ALLOWED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A kernel that refuses gives pages as it likes: that is slower or takes more memory, but is not wrong.
fn set_disabled(is_disabled: bool) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(is_disabled);
    #[cfg(not(target_os = "linux"))]
    let _ = is_disabled;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::{Duration, Instant};

    use nix::sys::prctl::get_thp_disable;

    use super::*;

    #[test]
    fn the_process_does_without_again_when_the_last_is_gone() {
        let one = HugePages::allow();
        let other = HugePages::allow();
        drop(one);
        assert!(!get_thp_disable().expect("known"));
        drop(other);
        // Other tests hash passwords at the same time.
        let deadline = Instant::now() + Duration::from_secs(20);
        while !get_thp_disable().expect("known") {
            assert!(Instant::now() < deadline, "still allowed");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
