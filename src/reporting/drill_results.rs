//! What came of drills: for programs a line each, as soon as it is known; for people a table at the end.

use super::Reporter;
use super::drill::drill_table;
use super::json::drill_line;
use crate::model::event::{Drilled, Event, Kind};
use std::io::{self, Write};

/// Writes the results of drills to `out`.
pub struct DrillResults<W: Write> {
    out: W,
    for_programs: bool,
    done: Vec<Drilled>,
}

impl<W: Write> DrillResults<W> {
    /// A table for people.
    pub fn table(out: W) -> Self {
        Self { out, for_programs: false, done: Vec::new() }
    }

    /// A line of JSON for each drill.
    pub fn json(out: W) -> Self {
        Self { out, for_programs: true, done: Vec::new() }
    }
}

impl<W: Write> Reporter for DrillResults<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            Kind::DrillFinished { drilled } if self.for_programs => {
                self.out.write_all(drill_line(drilled)?.as_bytes())?;
            }
            Kind::DrillFinished { drilled } => self.done.push(drilled.clone()),
            Kind::RunFinished { .. } if !self.done.is_empty() => {
                write!(self.out, "\n{}", drill_table(&self.done))?;
            }
            _ => return Ok(()),
        }
        self.out.flush()
    }
}
