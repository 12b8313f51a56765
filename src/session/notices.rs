//! What is worth knowing before a run, or beside it: a machine was made, a run is not recorded.

use std::fmt;
use std::sync::Arc;

/// Who hears of it. Each lab has its own, so that many labs at once need not share a terminal.
#[derive(Clone)]
pub struct Notices(Arc<dyn Fn(&str) + Send + Sync>);

impl Notices {
    /// Hands every notice to `hear`, which says it somewhere.
    pub fn new(hear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// Says something, in one line.
    pub fn tell(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}
