//! A run as JUnit's XML, which every CI system reads: a suite for each host, a case for each task. What is only looked at
//! and would change is a failure there, so that CI sees it; a drill that lost requests is a result, and none.

use super::run_report::RunReport;
use super::sentences::balance::verdict;
use super::sentences::{drill, hint::hint, task as tasks, unreachable};
use super::text::{date, sanitize, timestamp};
use super::xml::Element;
use crate::languages::ENGLISH;
use crate::model::event::{Mode, Outcome, TaskResult, Verdict};
use crate::model::name::HostName;
use crate::model::recording::Recording;

/// So many letters of what a program printed are kept: the end.
const KEPT: usize = 64_000;

/// How a case ends, with a message and more words.
enum CaseEnd {
    Good,
    Failure(&'static str, String, String),
    Error(&'static str, String, String),
    Skipped(String),
}

/// A suite while it is made.
struct Suite {
    name: String,
    took_ms: u64,
    system: Option<String>,
    cases: Vec<Element>,
    counts: Counts,
}

/// How many cases there are, and how many of them ended so.
#[derive(Default)]
struct Counts {
    tests: u64,
    skipped: u64,
    errors: u64,
    failures: u64,
}

/// The document of a recording; `None` if it holds no run.
pub fn junit(recording: &Recording, name: &str) -> Option<String> {
    let run = RunReport::new(recording)?;
    let suites = run.hosts.iter().map(|host| of_host(&run, host));
    let suites = suites.chain([of_balance(&run), of_drills(&run), of_recording(&run)]);
    let suites: Vec<Suite> = suites.filter(|suite| !suite.cases.is_empty()).collect();
    let all = |count: fn(&Counts) -> u64| suites.iter().map(|suite| count(&suite.counts)).sum::<u64>().to_string();
    let took = if run.summary.took_ms() > 0 { run.summary.took_ms() } else { run.last_ms };
    let mut report = Element::new("testsuites")
        .with("name", plain(&format!("labctl {} {}", run.verb, run.lab)))
        .with("tests", all(|counts| counts.tests))
        .with("skipped", all(|counts| counts.skipped))
        .with("failures", all(|counts| counts.failures))
        .with("errors", all(|counts| counts.errors))
        .with("time", seconds(took));
    for (id, suite) in suites.into_iter().enumerate() {
        report.push(suite.finished(id, &run, name));
    }
    Some(report.document())
}

impl Suite {
    fn new(name: impl AsRef<str>) -> Self {
        Self { name: plain(name.as_ref()), took_ms: 0, system: None, cases: Vec::new(), counts: Counts::default() }
    }

    fn case(&mut self, class: &str, name: &str, took_ms: u64, end: CaseEnd, printed: &str) {
        let mut case = Element::new("testcase")
            .with("name", plain(name))
            .with("classname", plain(class))
            .with("time", seconds(took_ms));
        let ended = match end {
            CaseEnd::Good => None,
            CaseEnd::Failure(kind, message, more) => {
                self.counts.failures += 1;
                Some(bad("failure", kind, &message, &more))
            }
            CaseEnd::Error(kind, message, more) => {
                self.counts.errors += 1;
                Some(bad("error", kind, &message, &more))
            }
            CaseEnd::Skipped(message) => {
                self.counts.skipped += 1;
                Some(Element::new("skipped").with("message", plain(&message)))
            }
        };
        let printed = (!printed.trim().is_empty()).then(|| Element::new("system-out").text(content(printed)));
        ended.into_iter().chain(printed).for_each(|each| case.push(each));
        self.counts.tests += 1;
        self.took_ms += took_ms;
        self.cases.push(case);
    }

    /// With what the schemas of Jenkins and of Windyroad want beside the cases.
    fn finished(self, id: usize, run: &RunReport, recording: &str) -> Element {
        let general = [
            ("labctl", run.version.clone()),
            ("lab", run.lab.to_string()),
            ("command", run.verb.clone()),
            ("started", date(run.started)),
            ("recording", recording.to_owned()),
        ];
        let mut properties = Element::new("properties");
        for (key, value) in general.into_iter().chain(self.system.map(|system| ("system", system))) {
            properties.push(Element::new("property").with("name", key).with("value", plain(&value)));
        }
        let mut suite = Element::new("testsuite")
            .with("name", &*self.name)
            .with("tests", self.counts.tests.to_string())
            .with("skipped", self.counts.skipped.to_string())
            .with("errors", self.counts.errors.to_string())
            .with("failures", self.counts.failures.to_string())
            .with("time", seconds(self.took_ms))
            .with("id", id.to_string())
            .with("package", plain(run.lab.as_str()))
            .with("hostname", self.name)
            // Without a zone: the schemas know no other form.
            .with("timestamp", timestamp(run.started));
        let printed = ["system-out", "system-err"].map(|name| Element::new(name).text(""));
        [properties].into_iter().chain(self.cases).chain(printed).for_each(|each| suite.push(each));
        suite
    }
}

fn bad(element: &'static str, kind: &str, message: &str, more: &str) -> Element {
    Element::new(element).with("message", plain(message)).with("type", kind).text(content(more))
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn of_host(run: &RunReport, host: &HostName) -> Suite {
    let mut suite = Suite::new(host.as_str());
    suite.system = run.reached.get(host).cloned();
    for lost in run.unreachable.iter().filter(|lost| &lost.host == host) {
        let (reason, hints) = (unreachable::reason(&lost.why), unreachable::hints(&lost.why));
        suite.case("reach", "is reached", 0, CaseEnd::Error("unreachable", reason, hints.join("\n")), "");
    }
    for step in &run.steps {
        for task in run.of(host, step) {
            let printed =
                [task.diff.as_deref(), task.output.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
            suite.case(step.as_str(), &task.task.task, task.took_ms, end(run, task), &printed);
        }
        let skipped = run.end(host, step);
        if let Some(Verdict::Skipped(why)) = skipped.map(|end| &end.verdict)
            && run.of(host, step).next().is_none()
        {
            suite.case(step.as_str(), "the whole step", 0, CaseEnd::Skipped(tasks::reason(why)), "");
        }
    }
    suite
}

fn end(run: &RunReport, task: &TaskResult) -> CaseEnd {
    let why = task.reason.as_ref().map(tasks::reason).unwrap_or_default();
    let hints = || task.hints.iter().map(|of_task| format!("hint: {}\n", hint(of_task))).collect::<String>();
    match task.outcome {
        Outcome::Ok => CaseEnd::Good,
        Outcome::Changed if run.mode == Mode::Check => {
            let diff = task.diff.clone().unwrap_or_default();
            CaseEnd::Failure("would change", "the state does not hold".to_owned(), diff)
        }
        Outcome::Changed => CaseEnd::Good,
        Outcome::Failed => CaseEnd::Failure("failed", why, hints()),
        Outcome::Skipped => CaseEnd::Skipped(why),
        Outcome::Unknown => CaseEnd::Skipped(format!("not known: {why}")),
    }
}

fn of_balance(run: &RunReport) -> Suite {
    let mut suite = Suite::new("balance");
    for seen in &run.balances {
        let balance = &seen.balance;
        let shares: Vec<String> =
            balance.backends.iter().map(|share| format!("{} {}", share.host, share.answered)).collect();
        let printed = format!(
            "{} requests, {}: {}; lost {}\n{}{}",
            balance.sent,
            balance.method,
            shares.join(", "),
            balance.lost(),
            verdict(balance),
            seen.warnings()
                .iter()
                .map(|each| format!("\nwarning: {}", ENGLISH.warning(seen, each).join("; ")))
                .collect::<String>()
        );
        let end = if balance.holds() {
            CaseEnd::Good
        } else {
            let next = ENGLISH.sighting_hints(seen, run.web()).join("\n");
            CaseEnd::Failure("balance", ENGLISH.sighting_verdict(seen), next)
        };
        suite.case("balance", &balance.site, 0, end, &printed);
    }
    suite
}

fn of_drills(run: &RunReport) -> Suite {
    let mut suite = Suite::new("drill");
    for why in &run.troubles {
        suite.case("drill", "begins", 0, CaseEnd::Error("drill", drill::failure(why), String::new()), "");
    }
    for each in &run.drills {
        let name = format!("{} {}", each.drill.mode.word(), each.drill.host);
        let took = each.ticks.last().map_or(0, |tick| tick.to_ms);
        match &each.end {
            Some(Ok(drilled)) => suite.case("drill", &name, took, CaseEnd::Good, &drill::verdict(drilled)),
            Some(Err(why)) => {
                suite.case("drill", &name, took, CaseEnd::Error("drill", drill::failure(why), String::new()), "")
            }
            None => suite.case(
                "drill",
                &name,
                took,
                CaseEnd::Error("drill", "the recording ends before it did".to_owned(), String::new()),
                "",
            ),
        }
    }
    suite
}

/// A run that was cut must not look like a good one.
fn of_recording(run: &RunReport) -> Suite {
    let mut suite = Suite::new("recording");
    for remark in &run.remarks {
        suite.case("recording", "is whole", 0, CaseEnd::Error("recording", remark.clone(), String::new()), "");
    }
    suite
}

/// A text that can drive no terminal, of characters that XML knows.
fn plain(text: &str) -> String {
    sanitize(text).replace(['\u{fffe}', '\u{ffff}'], " ")
}

/// The end of what a program printed.
fn content(text: &str) -> String {
    let letters = text.chars().count();
    if letters <= KEPT {
        return plain(text);
    }
    let kept: String = text.chars().skip(letters - KEPT).collect();
    format!("({} letters are left out here; the recording has them)\n{}", letters - KEPT, plain(&kept))
}
