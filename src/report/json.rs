//! One event per line, as JSON, in the order of the plan. Recordings are of this form too.

use super::Reporter;
use crate::event::Event;
use std::io::{self, Write};

/// Writes events to `out`.
pub struct Json<W: Write> {
    out: W,
}

impl<W: Write> Json<W> {
    /// A reporter that writes to `out`, line by line.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}
