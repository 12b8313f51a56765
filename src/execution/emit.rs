//! Turns what hosts reported into events.

use super::known_failures::known_failures;
use super::transcript::{TaskTranscript, template_lines};
use super::{RunContext, millis};
use crate::model::event::{Event, Hint, Kind, Outcome, Reason, TaskResult, Verdict};
use crate::model::name::HostName;
use crate::planning::plan::{PlannedStep, PlannedTask};
use std::collections::BTreeMap;
use std::time::Duration;

impl<T> RunContext<T> {
    pub fn emit(&self, mut kind: Kind) {
        kind.change_outputs(&mut |text| self.run.secrets.mask(text));
        let failed = match &kind {
            Kind::HostUnreachable { host, .. } => self.failures.add(host),
            Kind::TaskFinished { result } if result.outcome == Outcome::Failed => self.failures.add(&result.task.host),
            _ => None,
        };
        self.send(kind);
        if let (Some(failed), Some(most)) = (failed, self.run.max_fail) {
            let hosts = self.failures.of();
            self.send(Kind::RunHalted { failed, hosts, max_fail: most.to_string() });
        }
    }

    fn send(&self, kind: Kind) {
        // The work goes on even if nobody listens any more.
        let _ = self.events.send(Event { at_ms: millis(self.began), kind });
    }

    pub fn emit_task(&self, task: &PlannedTask, seen: &TaskTranscript) {
        for site in &seen.seen {
            let host = task.task.host.clone();
            let web = if host.is_controller() { self.run.controller.web_name() } else { Some(host.clone()) };
            let (seen_from, balance) = (Some(site.from.clone()), site.balance.clone());
            self.emit(Kind::SiteBalanced { host, web, seen_from, balance });
        }
        let full = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        let outcome = seen.outcome.unwrap_or(Outcome::Skipped);
        let mut hints = Vec::new();
        if outcome == Outcome::Failed {
            hints.extend(template_lines(task, &seen.output));
            let host = &task.task.host;
            let known = known_failures(&seen.output).into_iter();
            hints.extend(known.map(|cause| Hint::Known { cause, host: host.clone() }));
        }
        let result = TaskResult {
            task: task.task.clone(),
            outcome,
            took_ms: in_ms(seen.took),
            reason: seen.reason.clone().or_else(|| match outcome {
                Outcome::Skipped if self.cancel.is_cancelled() => Some(Reason::Interrupted),
                Outcome::Skipped => Some(Reason::EarlierFailure),
                _ => None,
            }),
            diff: full(&seen.diff).filter(|_| matches!(outcome, Outcome::Changed | Outcome::Failed)),
            output: full(&seen.output),
            notes: seen.notes.clone(),
            hints,
        };
        self.emit(Kind::TaskFinished { result });
    }

    pub fn emit_step(
        &self,
        host: &HostName,
        step: &PlannedStep,
        seen: &BTreeMap<usize, TaskTranscript>,
        verdict: Verdict,
    ) {
        let took = step.tasks.iter().filter_map(|task| seen.get(&task.id)).map(|task| task.took).sum();
        self.emit(Kind::StepFinished { host: host.clone(), step: step.name.clone(), took_ms: in_ms(took), verdict });
    }
}

fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
