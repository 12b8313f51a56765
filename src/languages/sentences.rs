//! What happened, in sentences. What is the same in every language is put together here.

use super::Language;
use super::lists::listed;
use crate::model::balance::BalanceFault;
use crate::model::classroom::{ClassNotice, GradebookNotice};
use crate::model::event::{
    Balance, DrillFailure, Drilled, Hint, Note, Outcome, Reason, Remark, Sighting, SiteWarning, Turn,
};
use crate::model::health::{Cell, HostHealth, Seen, SiteHealth, State};
use crate::model::symptom::Symptom;
use crate::model::unreachable::Unreachable;
use crate::model::visitor::{Asked, Indirect, Losses, NameElsewhere, VisitError};

/// What happened, in sentences without a full stop, except where it says so.
pub struct Sentences {
    /// What a visitor met instead of the page, so that it can follow the name of a site.
    pub visit_error: fn(&VisitError) -> String,
    /// What is behind a symptom, and the next command. `WEB` stands for the web server, `APP` for the application server
    /// that was asked, `PORT` for its port.
    pub advice: fn(Symptom) -> (&'static str, &'static str),
    /// Before the next command.
    pub next: &'static str,
    /// What is wrong with a count, so that it can follow the name of the site.
    pub fault: fn(&Balance, &BalanceFault) -> String,
    /// What the balance method of a site promises.
    pub promise: fn(&Balance) -> String,
    /// That a domain means another address on this computer than the web server's.
    pub name_elsewhere: fn(&NameElsewhere) -> String,
    /// A site was seen from the web server of this name only, and why.
    pub seen_from_web: fn(web: &str, &Indirect) -> String,
    /// Browsers open a domain with https only, because of its top-level domain; and what to do.
    pub https_only: fn(domain: &str, top_level: &str) -> Advice,
    /// A domain ends in `.local`, for which a Mac waits; and what to do.
    pub multicast_dns: fn(domain: &str) -> Advice,
    /// No step of the run looks at something.
    pub not_inspected: &'static str,
    /// What is wrong is shown with this step.
    pub see_step: fn(step: &str) -> String,
    /// Servers with commas between them answer for a site.
    pub answered_by: fn(servers: &str) -> String,
    /// What a drill came to, in whole sentences.
    pub verdict: fn(&Drilled) -> String,
    /// A turn of a drill's story.
    pub turn: fn(&Turn) -> String,
    /// Why a drill gave no figures.
    pub failure: fn(&DrillFailure) -> String,
    /// Why a task failed, was skipped or is not known, or a step was not begun.
    pub reason: fn(&Reason) -> String,
    /// What a host remarks, so that it can follow its name.
    pub remark: fn(&Remark) -> String,
    /// What to do about a task that failed.
    pub hint: fn(&Hint) -> String,
    /// What a task has to say beside its outcome; it may have several lines.
    pub note: fn(&Note) -> String,
    /// Why a host cannot be worked on.
    pub unreachable: fn(&Unreachable) -> String,
    /// What to do about that, the likeliest thing first.
    pub unreachable_hints: fn(&Unreachable) -> Vec<String>,
    /// What there is to know of a class's files.
    pub class_notice: fn(&ClassNotice) -> String,
    /// Who is not who in a gradebook, or was left as they were.
    pub gradebook_notice: fn(&GradebookNotice) -> String,
}

/// What is behind a symptom, and what to type next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The cause, in a sentence.
    pub cause: String,
    /// A command, and what it is for.
    pub next: String,
}

impl Language {
    /// `3 × answered 502 (asked: app1:3000), 1 × no answer in time`.
    pub fn losses(&self, losses: &Losses) -> String {
        let each: Vec<String> =
            losses.iter().map(|(error, n)| format!("{n} × {}", (self.sentences.visit_error)(error))).collect();
        each.join(", ")
    }

    /// What to know and do about a symptom, with the names of the machines it is about; `web` is the web server's.
    pub fn advice(&self, symptom: Symptom, web: &str, asked: &Asked) -> Advice {
        let (cause, next) = (self.sentences.advice)(symptom);
        let next = next.replace("WEB", web);
        let next = match asked {
            Asked::Server { host, port } => next.replace("APP", host.as_str()).replace("PORT", port),
            // It may be any of them: all are asked at once.
            Asked::Unknown | Asked::Nobody | Asked::Stranger(_) => {
                next.replace("labctl ssh APP", "labctl exec app").replace("PORT", "3000")
            }
        };
        Advice { cause: cause.to_owned(), next }
    }

    /// The first task of a step that does not hold, and why.
    pub fn open_task(&self, cell: &Cell) -> String {
        match (&cell.open, &cell.reason) {
            (Some(task), Some(reason)) => format!("{task} ({})", (self.sentences.reason)(reason)),
            (Some(task), None) => task.clone(),
            (None, _) => String::new(),
        }
    }

    /// The same as the lines of a hint.
    pub fn hint(&self, Advice { cause, next }: Advice) -> Vec<String> {
        vec![cause, format!("{}: {next}", self.sentences.next)]
    }

    /// What was counted at a site, in a sentence: what is promised and kept, or what is wrong.
    pub fn balance_verdict(&self, balance: &Balance) -> String {
        balance.fault().map_or_else(|| (self.sentences.promise)(balance), |fault| self.balance_fault(balance, &fault))
    }

    /// What is wrong: `a.b was answered only by app1 of: app1 app2`.
    pub fn balance_fault(&self, balance: &Balance, fault: &BalanceFault) -> String {
        let colon = match fault {
            BalanceFault::OutOfRange { .. } => ":",
            BalanceFault::Lost { error, .. } if !is_predicate(error) => ":",
            _ => "",
        };
        format!("{}{colon} {}", balance.site, (self.sentences.fault)(balance, fault))
    }

    /// What is behind the fault of a count, and what to type next.
    pub fn balance_advice(&self, fault: &BalanceFault, web: &str) -> Option<Advice> {
        let asked = match fault {
            BalanceFault::Lost { error, .. } => error.asked(),
            _ => &Asked::Unknown,
        };
        fault.symptom().map(|symptom| self.advice(symptom, web, asked))
    }

    /// The advice on a count, as lines; none where it holds, or nothing is known.
    pub fn balance_hints(&self, balance: &Balance, web: &str) -> Vec<String> {
        let advice = balance.fault().and_then(|fault| self.balance_advice(&fault, web));
        advice.map(|advice| self.hint(advice)).unwrap_or_default()
    }

    /// What is wrong with a site, where it is looked for as well: a name may lead elsewhere.
    pub fn sighting_verdict(&self, seen: &Sighting) -> String {
        let verdict = self.balance_verdict(&seen.balance);
        match seen.elsewhere() {
            Some(elsewhere) => format!("{verdict}; {}", (self.sentences.name_elsewhere)(&elsewhere)),
            None => verdict,
        }
    }

    /// The advice on what was seen, as lines; `web` stands for the web server where its name is not known.
    pub fn sighting_hints(&self, seen: &Sighting, web: &str) -> Vec<String> {
        let web = seen.web.as_ref().map_or(web, |web| web.as_str());
        if seen.elsewhere().is_some() {
            return self.hint(self.advice(Symptom::NameElsewhere, web, &Asked::Unknown));
        }
        self.balance_hints(&seen.balance, web)
    }

    /// What a person should know of a site, and what to do about it, each in a line.
    pub fn warning(&self, seen: &Sighting, warning: &SiteWarning) -> Vec<String> {
        let web = seen.web.as_ref().map_or("web", |web| web.as_str());
        match warning {
            SiteWarning::HttpsOnly { top_level } => {
                self.hint((self.sentences.https_only)(&seen.balance.site, top_level))
            }
            SiteWarning::MulticastDns => self.hint((self.sentences.multicast_dns)(&seen.balance.site)),
            SiteWarning::WebItselfOnly { why } => vec![(self.sentences.seen_from_web)(web, why)],
        }
    }

    fn not_inspected(&self) -> Seen {
        Seen { state: State::Unsure, why: self.sentences.not_inspected.to_owned() }
    }

    /// How a host is: what is open there.
    pub fn host(&self, health: &HostHealth<'_>) -> Seen {
        match health {
            HostHealth::Unreachable(why) => {
                let why = (self.sentences.unreachable)(why);
                Seen { state: State::Bad, why: format!("{}: {why}", self.outcomes.unreachable) }
            }
            HostHealth::Open(cell) => {
                let bad = matches!(cell.outcome, Outcome::Changed | Outcome::Failed);
                let state = if bad { State::Bad } else { State::Unsure };
                Seen { state, why: format!("{}: {}", self.outcomes.word(cell.outcome, true), self.open_task(cell)) }
            }
            HostHealth::Reported(seen) => (*seen).clone(),
            HostHealth::Good => Seen { state: State::Good, why: String::new() },
            HostHealth::NotInspected => self.not_inspected(),
        }
    }

    /// How a site is: who answers for it, or what is wrong.
    pub fn site(&self, health: Option<&SiteHealth>) -> Seen {
        let by = |names: String| Seen { state: State::Good, why: (self.sentences.answered_by)(&names) };
        match health {
            None => self.not_inspected(),
            Some(SiteHealth::Worded(Seen { state: State::Good, why })) if !why.is_empty() => by(why.replace(' ', ", ")),
            Some(SiteHealth::Worded(seen)) => seen.clone(),
            Some(SiteHealth::Counted(seen @ Sighting { balance, .. })) => match balance.fault() {
                Some(fault) => {
                    let mut why = (self.sentences.fault)(balance, &fault);
                    if let Some(elsewhere) = seen.elsewhere() {
                        why = format!("{why}; {}", (self.sentences.name_elsewhere)(&elsewhere));
                    }
                    Seen { state: State::Bad, why }
                }
                None => {
                    let answered = balance.backends.iter().filter(|share| share.answered > 0);
                    by(listed(&answered.map(|share| share.host.as_str()).collect::<Vec<_>>(), ", "))
                }
            },
        }
    }
}

/// Whether the clause is a predicate of the site (`answered 502`), or a sentence of its own.
fn is_predicate(error: &VisitError) -> bool {
    matches!(error, VisitError::Status { .. } | VisitError::OtherConfiguration | VisitError::TooSlow { .. })
}

#[cfg(test)]
mod tests {
    use crate::languages::{ALL, ENGLISH};
    use crate::model::event::{Hint, KnownFailure};
    use crate::model::name::HostName;
    use crate::model::symptom::Symptom;
    use crate::model::visitor::{Asked, VisitError};

    /// What is to be typed, without what is said about it.
    fn typed(next: &str) -> &str {
        next.split(" (").next().unwrap_or_default().split(", ").next().unwrap_or_default()
    }

    #[test]
    fn what_is_typed_is_the_same_in_every_language_and_what_is_said_is_not() {
        for symptom in Symptom::ALL {
            let (cause, next) = (ENGLISH.sentences.advice)(symptom);
            assert!(typed(next).starts_with("labctl "), "{next}");
            for language in &ALL[1..] {
                let (own_cause, own_next) = (language.sentences.advice)(symptom);
                assert_eq!(typed(own_next), typed(next), "{language:?}");
                assert_ne!(own_cause, cause, "{language:?}");
            }
        }
    }

    /// From the first word of a command to its end, which is the hint's, or a closing bracket.
    fn commands(hint: &str) -> Vec<String> {
        let commands = hint.match_indices("labctl ").map(|(at, _)| hint[at..].split(')').next().unwrap_or_default());
        commands.map(str::to_owned).collect()
    }

    #[test]
    fn what_is_known_of_a_failure_names_the_machine_and_types_the_same_in_every_language() {
        let host: HostName = "app1".parse().unwrap();
        for cause in KnownFailure::ALL {
            let hint = Hint::Known { cause, host: host.clone() };
            let english = (ENGLISH.sentences.hint)(&hint);
            assert!(!english.contains("HOST"), "{english}");
            for language in &ALL[1..] {
                let own = (language.sentences.hint)(&hint);
                assert!(own != english && !own.contains("HOST"), "{own}");
                assert_eq!(commands(&own), commands(&english), "{language:?}");
            }
        }
        let names = (ENGLISH.sentences.hint)(&Hint::Known { cause: KnownFailure::NoNames, host });
        // The name to try is nobody's mirror: a firewall may let only mirrors through, and apt's proxy knows only those.
        assert!(names.ends_with("labctl exec app1 -- getent hosts example.com"), "{names}");
    }

    #[test]
    fn where_nobody_knows_who_was_asked_the_command_can_be_typed_all_the_same() {
        let strangers = [Asked::Unknown, Asked::Nobody, Asked::Stranger("10.0.0.9:3000".into())];
        for (language, symptom) in ALL.iter().flat_map(|language| Symptom::ALL.map(|symptom| (language, symptom))) {
            for asked in &strangers {
                let next = language.advice(symptom, "web", asked).next;
                assert!(!["APP", "HOST", "PORT", "WEB"].iter().any(|word| next.contains(word)), "{language:?}: {next}");
            }
        }
        let next = ENGLISH.advice(Symptom::BadGateway, "web", &Asked::Unknown).next;
        assert!(next.starts_with("labctl exec app -- pm2 ls"), "{next}");
    }

    #[test]
    fn what_a_visitor_met_names_who_was_asked_in_every_language() {
        let asked = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
        for language in ALL {
            let met = VisitError::Status { status: 502, asked: asked.clone() };
            let text = (language.sentences.visit_error)(&met);
            assert!(text.contains("502") && text.contains("app1:3000"), "{language:?}: {text}");
            let hint = language.hint(language.advice(Symptom::BadGateway, "web", &asked));
            assert!(hint[1].contains("labctl ssh app1 -- pm2 ls"), "{language:?}: {hint:?}");
        }
    }
}
