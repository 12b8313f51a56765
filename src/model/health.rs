//! What a check says of machines: a fold over its events. `status` and `graph --live` see the same.

use crate::model::event::{Component, Event, Kind, Outcome, TaskResult, Verdict};
use crate::model::name::{HostName, StepName};
use crate::model::unreachable::Unreachable;
use std::collections::{BTreeMap, BTreeSet};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Every check of it holds.
    Good,
    /// One does not.
    Bad,
    /// Nobody can tell (yet).
    Unsure,
}

impl State {
    /// A sign, so that colour never carries meaning alone.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Unsure => "?",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Unsure => "unsure",
        }
    }
}

/// How something is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How it is.
    pub state: State,
    /// Why it is not good; of a fact, what there is to say.
    pub why: String,
}

/// Makes a sentence of why a host cannot be worked on: `reporting::sentences` has them.
pub type Wording = fn(&Unreachable) -> String;

/// Why something is not known that no step of the run looks at.
pub const NOBODY: &str = "nobody looked";

/// A step on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The host.
    pub host: HostName,
    /// The step.
    pub step: StepName,
    /// What of the lab its tasks make or prove.
    pub components: BTreeSet<Component>,
    /// How the step is.
    pub word: &'static str,
    /// The worst outcome of its tasks.
    pub outcome: Outcome,
    /// The first task that does not hold, and why.
    pub open: Option<String>,
}

/// Everything that a check said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    cells: Vec<Cell>,
    tasks: Vec<TaskResult>,
    unreachable: BTreeMap<HostName, Unreachable>,
    facts: BTreeMap<HostName, BTreeMap<String, String>>,
}

impl Health {
    /// Takes an event into account. Events come in the order of the plan.
    pub fn add(&mut self, event: &Event) {
        match &event.kind {
            Kind::HostUnreachable { host, why } => {
                self.unreachable.insert(host.clone(), why.clone());
            }
            Kind::HostFact { host, key, value } => {
                self.facts.entry(host.clone()).or_default().insert(key.clone(), value.clone());
            }
            Kind::TaskFinished { result } => self.tasks.push(result.without_output()),
            Kind::StepFinished { host, step, verdict, .. } => {
                let cell = self.cell(host, step, verdict);
                self.cells.push(cell);
                // What is told of a host's step is told before the step's end.
                self.tasks.retain(|TaskResult { task, .. }| (&task.host, &task.step) != (host, step));
            }
            _ => {}
        }
    }

    /// Every step on every host, in the order of the plan.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Why a host cannot be worked on, if it cannot.
    pub fn unreachable(&self, host: &HostName) -> Option<&Unreachable> {
        self.unreachable.get(host)
    }

    /// What a host said of itself under this key.
    pub fn fact(&self, host: &HostName, key: &str) -> Option<&str> {
        self.facts.get(host)?.get(key).map(String::as_str)
    }

    /// Everything that a host said under keys that begin so: the rest of the key, and the value.
    pub fn facts<'a>(&'a self, host: &HostName, begin: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let facts = self.facts.get(host).into_iter().flatten();
        facts.filter_map(move |(key, value)| Some((key.strip_prefix(begin)?, value.as_str())))
    }

    /// How a host is in the eyes of the steps that make or prove one of these components. `word` makes a sentence of why it
    /// cannot be worked on.
    pub fn host(&self, host: &str, components: &[Component], word: Wording) -> Seen {
        if let Some((_, why)) = self.unreachable.iter().find(|(name, _)| name.as_str() == host) {
            return Seen { state: State::Bad, why: format!("unreachable: {}", word(why)) };
        }
        let has = |cell: &Cell| components.iter().any(|component| cell.components.contains(component));
        let cells = || self.cells.iter().filter(|cell| cell.host.as_str() == host && has(cell));
        let of = |cell: &Cell, state| {
            let open = cell.open.as_deref().unwrap_or_default();
            Seen { state, why: format!("{}: {open}", cell.word) }
        };
        let bad = cells().find(|cell| matches!(cell.outcome, Outcome::Changed | Outcome::Failed));
        let unsure = cells().find(|cell| matches!(cell.outcome, Outcome::Unknown | Outcome::Skipped));
        match (bad, unsure) {
            (Some(cell), _) => of(cell, State::Bad),
            (None, Some(cell)) => of(cell, State::Unsure),
            (None, None) if cells().next().is_some() => Seen { state: State::Good, why: String::new() },
            (None, None) => Seen { state: State::Unsure, why: NOBODY.to_owned() },
        }
    }

    /// What a value of a fact says that begins with `ok` or `failed`.
    pub fn judged(value: &str) -> Seen {
        match value.split_once(' ').unwrap_or((value, "")) {
            ("ok", more) => Seen { state: State::Good, why: more.to_owned() },
            (_, why) => Seen { state: State::Bad, why: why.to_owned() },
        }
    }

    /// How a site is: what the web server itself was answered under its domain. `host_at` knows the host behind an address
    /// and port.
    pub fn site<'a>(&self, domain: &str, host_at: impl Fn(&str) -> Option<&'a str>) -> Seen {
        let key = format!("site.{domain}");
        let Some(said) = self.facts.values().find_map(|facts| facts.get(&key)) else {
            return Seen { state: State::Unsure, why: NOBODY.to_owned() };
        };
        let seen = Self::judged(said);
        // Whole words: 10.0.0.2:3000 stands at the beginning of 10.0.0.2:30001.
        let named = |word| host_at(word).unwrap_or(word).to_owned();
        Seen { why: seen.why.split(' ').map(named).collect::<Vec<String>>().join(" "), ..seen }
    }

    fn cell(&self, host: &HostName, step: &StepName, verdict: &Verdict) -> Cell {
        let own = || self.tasks.iter().filter(|TaskResult { task, .. }| &task.host == host && &task.step == step);
        // A failure names the step; else the first task that is open does: what follows it may only wait for it.
        let named = own()
            .find(|result| result.outcome == Outcome::Failed)
            .or_else(|| own().find(|result| result.outcome == Outcome::Changed))
            .or_else(|| own().find(|result| result.outcome != Outcome::Ok));
        let outcome = named.map_or(Outcome::Ok, |result| result.outcome);
        let components = own().filter_map(|result| result.task.component).collect();
        let word = match (verdict, outcome) {
            (Verdict::Unreachable, _) => "unreachable",
            (_, Outcome::Changed) => "would change",
            (_, outcome) => outcome.word(),
        };
        let open = named.filter(|_| word != "unreachable").map(|result| match &result.reason {
            Some(reason) => format!("{} ({reason})", result.task.task),
            None => result.task.task.clone(),
        });
        Cell { host: host.clone(), step: step.clone(), components, word, outcome, open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::TaskRef;

    fn health(kinds: Vec<Kind>) -> Health {
        let mut health = Health::default();
        kinds.into_iter().for_each(|kind| health.add(&Event { at_ms: 0, kind }));
        health
    }

    fn task(host: &str, step: &str, name: &str, outcome: Outcome, reason: Option<&str>) -> Kind {
        let component = match step {
            "pm2" => Some(Component::Application),
            _ => Some(Component::Answers),
        };
        let task = TaskRef { component, ..TaskRef::new(host.parse().unwrap(), step.parse().unwrap(), name) };
        Kind::TaskFinished {
            result: TaskResult { reason: reason.map(str::to_owned), ..TaskResult::new(task, outcome) },
        }
    }

    fn finished(host: &str, step: &str, verdict: Verdict) -> Kind {
        Kind::StepFinished { host: host.parse().unwrap(), step: step.parse().unwrap(), took_ms: 0, verdict }
    }

    fn fact(key: &str, value: &str) -> Kind {
        Kind::HostFact { host: "web".parse().unwrap(), key: key.into(), value: value.into() }
    }

    #[test]
    fn the_first_open_task_names_a_step() {
        let health = health(vec![
            task("a", "pm2", "one", Outcome::Ok, None),
            task("a", "pm2", "two", Outcome::Changed, None),
            task("a", "pm2", "three", Outcome::Unknown, Some("until: two")),
            finished("a", "pm2", Verdict::Finished),
            task("w", "verify", "answers", Outcome::Unknown, Some("until: two (a)")),
            finished("w", "verify", Verdict::Finished),
            task("b", "pm2", "one", Outcome::Skipped, None),
            finished("b", "pm2", Verdict::Unreachable),
        ]);
        let shown: Vec<_> = health.cells().iter().map(|c| (c.word, c.open.as_deref())).collect();
        assert_eq!(
            shown,
            [("would change", Some("two")), ("unknown", Some("answers (until: two (a))")), ("unreachable", None)]
        );
        let components = [Component::Application, Component::Answers];
        let states = ["a", "w", "z"].map(|host| health.host(host, &components, |_| String::new()).state);
        assert_eq!(states, [State::Bad, State::Unsure, State::Unsure]);
    }

    #[test]
    fn a_site_is_what_was_answered() {
        let health = health(vec![fact("site.a.b", "ok 10.0.0.2:3000"), fact("site.c.d", "failed answered: 502")]);
        let names = |socket: &str| (socket == "10.0.0.2:3000").then_some("app1");
        assert_eq!(health.site("a.b", names), Seen { state: State::Good, why: "app1".into() });
        assert_eq!(health.site("c.d", names), Seen { state: State::Bad, why: "answered: 502".into() });
        assert_eq!(health.site("e.f", names).state, State::Unsure);
    }
}
