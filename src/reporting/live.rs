//! Live lines: on a terminal, one for every host that works, with the time it has worked.

use super::text;
use crate::model::name::HostName;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::time::Duration;

/// The live lines of a run; none if there is no terminal.
pub struct Live {
    shown: bool,
    all: MultiProgress,
    hosts: BTreeMap<HostName, ProgressBar>,
}

impl Live {
    /// Live lines on standard error, if `shown`.
    pub fn new(shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        Self { shown, all: MultiProgress::with_draw_target(target), hosts: BTreeMap::new() }
    }

    /// Says what a host does now.
    pub fn show(&mut self, host: &HostName, what: &str) {
        if !self.shown {
            return;
        }
        let line = self.hosts.entry(host.clone()).or_insert_with(|| {
            let line = self.all.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {prefix:8} {elapsed:>4}  {wide_msg}") {
                line.set_style(style);
            }
            line.set_prefix(host.to_string());
            line.enable_steady_tick(Duration::from_millis(100));
            line
        });
        line.set_message(text::sanitize(what));
    }

    /// Takes a host's line away.
    pub fn remove(&mut self, host: &HostName) {
        if let Some(line) = self.hosts.remove(host) {
            line.finish_and_clear();
            self.all.remove(&line);
        }
    }

    /// Takes all lines away, so that whatever is written next stands on a clean terminal.
    pub fn clear(&mut self) {
        for (_, line) in std::mem::take(&mut self.hosts) {
            line.finish_and_clear();
        }
        // A terminal that is gone needs no clearing.
        let _ = self.all.clear();
    }

    /// Writes something that stays, above the live lines.
    pub fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.shown { self.all.suspend(write) } else { write() }
    }
}
