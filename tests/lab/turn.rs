//! How many labs are worked on at a time, however many tests are: each keeps about one processor busy.

use std::sync::{Condvar, Mutex};

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

/// The turn of a lab, until it is dropped.
pub struct Turn(());

impl Turn {
    /// Waits until fewer labs are worked on than this computer bears: one for each processor, and one that waits for its machines.
    pub fn take() -> Self {
        let most = std::thread::available_parallelism().map_or(2, usize::from) + 1;
        let taken = TAKEN.lock().unwrap();
        *GIVEN_BACK.wait_while(taken, |taken| *taken >= most).unwrap() += 1;
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap() -= 1;
        GIVEN_BACK.notify_one();
    }
}
