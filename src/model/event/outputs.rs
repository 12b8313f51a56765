//! What in an event is not ours: words of machines and of their programs.

use super::{Balance, Kind, TaskResult, Verdict};
use crate::model::unreachable::Change;
use std::collections::BTreeMap;

impl Kind {
    /// Shows `change` every text that a machine may have chosen, so that a secret in it can be masked.
    pub fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::TaskFinished { result } => result.change_outputs(change),
            Self::HostUnreachable { why, .. } => why.change_outputs(change),
            Self::HostFact { key, value, .. } => [key, value].into_iter().for_each(change),
            Self::HostSaid { remark, .. } => remark.change_outputs(change),
            Self::StepFinished { verdict: Verdict::Skipped(reason), .. } => reason.change_outputs(change),
            Self::TaskOutput { line: text, .. } | Self::HostReached { system: text, .. } => change(text),
            Self::DrillTurned { turn, .. } => turn.change_outputs(change),
            Self::DrillFailed { failure } => failure.change_outputs(change),
            Self::SiteBalanced { balance, .. } => balance.change_outputs(change),
            Self::DrillFinished { drilled } => drilled.change_outputs(change),
            // Names, numbers, and what stands in the inventory and the playbooks. All are named here, so that nobody
            // adds an event without a thought for this.
            Self::RunStarted { .. }
            | Self::LabDescribed { .. }
            | Self::RunsMerged { .. }
            | Self::HostKeyPinned { .. }
            | Self::DrillStarted { .. }
            | Self::DrillTick { .. }
            | Self::TaskStarted { .. }
            | Self::StepFinished { .. }
            | Self::RunHalted { .. }
            | Self::RunFinished { .. } => {}
        }
    }
}

impl TaskResult {
    fn change_outputs(&mut self, change: Change<'_>) {
        if let Some(reason) = &mut self.reason {
            reason.change_outputs(change);
        }
        let texts = [&mut self.diff, &mut self.output];
        texts.into_iter().flatten().for_each(&mut *change);
        self.notes.iter_mut().for_each(|note| note.change_outputs(change));
        self.hints.iter_mut().for_each(|hint| hint.change_outputs(change));
    }
}

impl Balance {
    fn change_outputs(&mut self, change: Change<'_>) {
        self.lost_why.change_outputs(change);
        change_keys(&mut self.strangers, change);
    }
}

/// Texts that become the same are counted together.
fn change_keys<N: std::ops::AddAssign + Default>(counts: &mut BTreeMap<String, N>, change: Change<'_>) {
    for (mut text, count) in std::mem::take(counts) {
        change(&mut text);
        *counts.entry(text).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// What is said becomes `kinds`; what is left of the secret is given.
    fn left(kind: Value) -> String {
        let mut kind: Kind = serde_json::from_value(kind).unwrap();
        kind.change_outputs(&mut |text| *text = text.replace("hush", "***"));
        serde_json::to_string(&kind).unwrap()
    }

    #[test]
    fn nothing_that_a_machine_says_is_passed_over() {
        let task = json!({"host": "web", "step": "nginx", "task": "t"});
        let with = |event: &str, of: &Value, more: Value| {
            let mut kind = json!({ "event": event });
            for part in [of, &more] {
                part.as_object().unwrap().iter().for_each(|(key, value)| kind[key] = value.clone());
            }
            kind
        };
        let host = json!({"host": "web"});
        let figures = json!({
            "mode": "stop", "host": "web", "site": "a.b", "template": "lab", "rate": 1, "seconds": 1, "sent": 3, "lost": 3,
            "lost_why": {"hush": 1, "a hush": 2}, "slow": 0, "longest_gap_ms": 0, "p50_ms": 0, "p99_ms": 0, "max_ms": 0,
            "left_out_ms": null, "moved": 0, "silent_ms": 0, "back_ms": 0, "before": {}, "during": {}, "after": {}
        });
        let balance = json!({
            "site": "a.b", "method": "random", "sent": 3, "lost_why": [{"error": "network", "text": "hush", "count": 1}],
            "backends": [], "strangers": {"hush": 2}
        });
        let kinds = [
            with(
                "task_finished",
                &task,
                json!({"outcome": "failed", "took_ms": 1, "reason": "hush", "diff": "hush", "output": "hush", "notes": ["hush"], "hints": ["hush"]}),
            ),
            with("host_unreachable", &host, json!({"reason": "hush", "hints": ["hush"]})),
            with("host_unreachable", &host, json!({"why": {"stage": "root", "why": "unclear", "said": "hush"}})),
            with("host_fact", &host, json!({"key": "hush", "value": "hush"})),
            with("task_output", &task, json!({"line": "hush"})),
            with("host_said", &host, json!({"text": "hush"})),
            with("host_reached", &host, json!({"system": "hush", "took_ms": 1})),
            with("site_balanced", &host, balance),
            with("drill_turned", &json!({}), json!({"turn": "note", "after_ms": 1, "text": "hush"})),
            with("drill_failed", &json!({}), json!({"reason": "hush"})),
            with("drill_failed", &host, json!({"failure": "not_restored", "why": "said", "text": "hush"})),
            with("drill_finished", &figures, json!({"verdict": "hush"})),
        ];
        for kind in kinds {
            let left = left(kind);
            assert!(left.contains("***") && !left.contains("hush"), "{left}");
        }
    }

    #[test]
    fn what_becomes_the_same_is_counted_together() {
        let mut counts = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2), ("c".to_owned(), 4)]);
        change_keys(&mut counts, &mut |text| *text = text.replace('b', "a"));
        assert_eq!(counts, BTreeMap::from([("a".to_owned(), 3), ("c".to_owned(), 4)]));
    }
}
