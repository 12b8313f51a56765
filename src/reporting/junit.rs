//! A run as JUnit's XML, which every CI system reads: a suite for each host, a case for each task. What is only looked at
//! and would change is a failure there, so that CI sees it; a drill that lost requests is a result, and none.

use super::run_report::Told;
use super::text::{date, sanitize, timestamp};
use crate::languages::ENGLISH;
use crate::model::event::{Mode, Outcome, TaskResult, Verdict};
use crate::model::name::HostName;
use crate::model::page::escaped;
use crate::model::recording::Recording;

/// So many letters of what a program printed are kept: the end.
const KEPT: usize = 64_000;

/// A suite while it is made.
#[derive(Default)]
struct Suite {
    name: String,
    properties: Vec<(String, String)>,
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    took_ms: u64,
}

/// How a case ends, with a message and more words.
enum End {
    Good,
    Failure(&'static str, String, String),
    Error(&'static str, String, String),
    Skipped(String),
}

/// The document of a recording; `None` if it holds no run.
pub fn junit(recording: &Recording, name: &str) -> Option<String> {
    let told = Told::new(recording)?;
    let mut suites: Vec<Suite> = told.hosts.iter().map(|host| of_host(&told, host)).collect();
    suites.retain(|suite| suite.tests > 0);
    suites
        .extend([of_balance(&told), of_drills(&told), of_recording(&told)].into_iter().filter(|suite| suite.tests > 0));
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let took = if told.summary.took_ms() > 0 { told.summary.took_ms() } else { told.last_ms };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" time=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
        attribute(&format!("labctl {} {}", told.verb, told.lab)),
        seconds(took),
        sum(|s| s.tests),
        sum(|s| s.failures),
        sum(|s| s.errors),
    );
    for (id, suite) in suites.iter_mut().enumerate() {
        let general = [("labctl", told.version.clone()), ("lab", told.lab.to_string()), ("command", told.verb.clone())];
        let general = general.into_iter().chain([("started", date(told.started)), ("recording", name.to_owned())]);
        suite.properties.splice(0..0, general.map(|(key, value)| (key.to_owned(), value)));
        out.push_str(&suite.xml(id, &told));
    }
    out.push_str("</testsuites>\n");
    Some(out)
}

impl Suite {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    fn case(&mut self, class: &str, name: &str, took_ms: u64, end: End, printed: &str) {
        self.tests += 1;
        self.took_ms += took_ms;
        let element = |name: &str, kind: &str, message: &str, more: &str| {
            format!(
                "<{name} type=\"{}\" message=\"{}\">{}</{name}>",
                attribute(kind),
                attribute(message),
                content(more)
            )
        };
        let end = match end {
            End::Good => String::new(),
            End::Failure(kind, message, more) => {
                self.failures += 1;
                element("failure", kind, &message, &more)
            }
            End::Error(kind, message, more) => {
                self.errors += 1;
                element("error", kind, &message, &more)
            }
            End::Skipped(message) => {
                self.skipped += 1;
                format!("<skipped message=\"{}\"/>", attribute(&message))
            }
        };
        let printed = if printed.trim().is_empty() {
            String::new()
        } else {
            format!("<system-out>{}</system-out>", content(printed))
        };
        self.cases.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\" time=\"{}\">{end}{printed}</testcase>\n",
            attribute(name),
            attribute(class),
            seconds(took_ms),
        ));
    }

    fn xml(&self, id: usize, told: &Told) -> String {
        let mut out = format!(
            "  <testsuite id=\"{id}\" name=\"{}\" package=\"{}\" hostname=\"{}\" timestamp=\"{}\" time=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n    <properties>\n",
            attribute(&self.name),
            attribute(told.lab.as_str()),
            attribute(&self.name),
            timestamp(told.started),
            seconds(self.took_ms),
            self.tests,
            self.failures,
            self.errors,
            self.skipped,
        );
        for (key, value) in &self.properties {
            out.push_str(&format!("      <property name=\"{}\" value=\"{}\"/>\n", attribute(key), attribute(value)));
        }
        out.push_str(&format!(
            "    </properties>\n{}    <system-out/>\n    <system-err/>\n  </testsuite>\n",
            self.cases
        ));
        out
    }
}

fn of_host(told: &Told, host: &HostName) -> Suite {
    let mut suite = Suite::new(host.as_str());
    if let Some(system) = told.reached.get(host) {
        suite.properties.push(("system".to_owned(), system.clone()));
    }
    for lost in told.unreachable.iter().filter(|lost| &lost.host == host) {
        suite.case("reach", "is reached", 0, End::Error("unreachable", lost.reason.clone(), lost.hints.join("\n")), "");
    }
    for step in &told.steps {
        for task in told.of(host, step) {
            let printed =
                [task.diff.as_deref(), task.output.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
            suite.case(step.as_str(), &task.task.task, task.took_ms, end(told, task), &printed);
        }
        let skipped = told.end(host, step);
        if let Some(Verdict::Skipped(why)) = skipped.map(|end| &end.verdict)
            && told.of(host, step).next().is_none()
        {
            suite.case(step.as_str(), "the whole step", 0, End::Skipped(why.clone()), "");
        }
    }
    suite
}

fn end(told: &Told, task: &TaskResult) -> End {
    let why = task.reason.as_deref().map(|why| ENGLISH.reason(why)).unwrap_or_default();
    let hints = || task.hints.iter().map(|hint| format!("hint: {hint}\n")).collect::<String>();
    match task.outcome {
        Outcome::Ok => End::Good,
        Outcome::Changed if told.mode == Mode::Check => {
            let diff = task.diff.clone().unwrap_or_default();
            End::Failure("would change", "the state does not hold".to_owned(), diff)
        }
        Outcome::Changed => End::Good,
        Outcome::Failed => End::Failure("failed", why, hints()),
        Outcome::Skipped => End::Skipped(why),
        Outcome::Unknown => End::Skipped(format!("not known: {why}")),
    }
}

fn of_balance(told: &Told) -> Suite {
    let mut suite = Suite::new("balance");
    for balance in &told.balances {
        let shares: Vec<String> =
            balance.backends.iter().map(|share| format!("{} {}", share.host, share.answered)).collect();
        let printed = format!(
            "{} requests, {}: {}; lost {}\n{}",
            balance.sent,
            balance.method,
            shares.join(", "),
            balance.lost,
            balance.why
        );
        let end = if balance.holds {
            End::Good
        } else {
            End::Failure("balance", balance.why.clone(), balance.hints.join("\n"))
        };
        suite.case("balance", &balance.site, 0, end, &printed);
    }
    suite
}

fn of_drills(told: &Told) -> Suite {
    let mut suite = Suite::new("drill");
    for why in &told.troubles {
        suite.case("drill", "begins", 0, End::Error("drill", why.clone(), String::new()), "");
    }
    for drill in &told.drills {
        let name = format!("{} {}", drill.drill.mode.word(), drill.drill.host);
        let took = drill.ticks.last().map_or(0, |tick| tick.to_ms);
        match &drill.end {
            Some(Ok(drilled)) => suite.case("drill", &name, took, End::Good, &drilled.verdict),
            Some(Err(why)) => suite.case("drill", &name, took, End::Error("drill", why.clone(), String::new()), ""),
            None => suite.case(
                "drill",
                &name,
                took,
                End::Error("drill", "the recording ends before it did".to_owned(), String::new()),
                "",
            ),
        }
    }
    suite
}

/// A run that was cut must not look like a good one.
fn of_recording(told: &Told) -> Suite {
    let mut suite = Suite::new("recording");
    for remark in &told.remarks {
        suite.case("recording", "is whole", 0, End::Error("recording", remark.clone(), String::new()), "");
    }
    suite
}

/// In seconds, as JUnit writes them.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn attribute(text: &str) -> String {
    // The end of a line would be read back as a blank.
    escaped(&sanitize(text)).replace('\n', "&#10;")
}

fn content(text: &str) -> String {
    let letters = text.chars().count();
    if letters <= KEPT {
        return escaped(&sanitize(text));
    }
    let kept: String = text.chars().skip(letters - KEPT).collect();
    format!("({} letters are left out here; the recording has them)\n{}", letters - KEPT, escaped(&sanitize(&kept)))
}
