//! Where notices go: what people should know before and during a run.

use crate::model::notice::Notice;
use std::fmt;
use std::sync::Arc;

/// Where notices go. Each lab has its own, so that many labs at once need not share a terminal.
#[derive(Clone)]
pub struct Notices(Arc<dyn Fn(&Notice) + Send + Sync>);

impl Notices {
    /// Hands every notice to `show`, which shows it somewhere.
    pub fn new(show: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    /// Passes on a notice.
    pub fn show(&self, notice: &Notice) {
        (self.0)(notice);
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}
