//! Things worth knowing before and during a run: a machine was made, a run is not recorded.

use std::fmt;
use std::sync::Arc;

/// Where notices go. Each lab has its own, so that many labs at once need not share a terminal.
#[derive(Clone)]
pub struct Notices(Arc<dyn Fn(&str) + Send + Sync>);

impl Notices {
    /// Hands every notice to `show`, which shows it somewhere.
    pub fn new(show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    /// Passes on a notice of one line.
    pub fn show(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}
