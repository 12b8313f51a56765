//! A value that cannot be printed, logged or serialised by accident, and the variables that bring such values.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// A password or passphrase. `Debug` shows that it is there, never what it is; its memory is wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value into safe-keeping.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. Every call is a place to look at in a review.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The value as a line to be sent, wiped as well.
    pub fn line(&self) -> Zeroizing<Vec<u8>> {
        // Of its full length at once: growing would leave a copy behind.
        let mut line = Zeroizing::new(Vec::with_capacity(self.0.len() + 1));
        line.extend(self.0.bytes());
        line.push(b'\n');
        line
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Environment variables of labctl that hold secrets. A process has one environment, so this is one list for all.
static VARIABLES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says that an environment variable holds a secret: no child process may inherit it.
pub fn hide_variable(name: &str) {
    VARIABLES.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
}

/// The environment variables that no child process may inherit.
pub fn hidden_variables() -> BTreeSet<String> {
    VARIABLES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looked at through the kernel: the compiler must not leave the wiping out because nobody reads what is wiped.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_secret_that_goes_is_wiped() {
        use std::os::unix::fs::FileExt;
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let word = "open sesame ".repeat(40);
        let (secret, kept) = (Secret::new(word.as_str()), Secret::new(word.as_str()));
        let line = secret.line();
        let at = [secret.reveal().as_ptr(), line.as_ptr(), kept.reveal().as_ptr()].map(|address| address as u64);
        let read = |address: u64| {
            let mut bytes = vec![0; word.len()];
            memory.read_exact_at(&mut bytes, address).map(|()| String::from_utf8_lossy(&bytes).contains("sesame"))
        };
        assert_eq!(at.map(|address| read(address).unwrap()), [true, true, true]);
        drop((secret, line));
        // Memory that is not even there any more is as good.
        assert_eq!(at.map(|address| read(address).unwrap_or(false)), [false, false, true]);
        assert_eq!(kept.reveal(), word);
    }

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::new("open sesame");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret(***) Some(Secret(***))");
        assert_eq!(secret.line().as_slice(), b"open sesame\n");
    }
}
