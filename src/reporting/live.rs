//! Live lines: on a terminal, one for every host or lab that is worked on, with the time that took so far.

use super::text;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

/// The live lines of a run; none if there is no terminal.
pub struct Live<K> {
    shown: bool,
    all: MultiProgress,
    lines: BTreeMap<K, ProgressBar>,
}

impl<K: Ord + Clone + Display> Live<K> {
    /// Live lines on standard error, if `shown`.
    pub fn new(shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        Self { shown, all: MultiProgress::with_draw_target(target), lines: BTreeMap::new() }
    }

    /// Says what is done there now.
    pub fn show(&mut self, who: &K, what: &str) {
        if !self.shown {
            return;
        }
        let line = self.lines.entry(who.clone()).or_insert_with(|| {
            let line = self.all.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {prefix:8} {elapsed:>4}  {wide_msg}") {
                line.set_style(style);
            }
            line.set_prefix(who.to_string());
            line.enable_steady_tick(Duration::from_millis(100));
            line
        });
        line.set_message(text::sanitize(what));
    }

    /// Takes a line away.
    pub fn remove(&mut self, who: &K) {
        if let Some(line) = self.lines.remove(who) {
            line.finish_and_clear();
            self.all.remove(&line);
        }
    }

    /// Takes all lines away, so that whatever is written next stands on a clean terminal.
    pub fn clear(&mut self) {
        for (_, line) in std::mem::take(&mut self.lines) {
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
