//! What was injected, and what came of it.

use labctl::internals::shard::Shard;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What came of an injection.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The next run made everything as in an undisturbed lab.
    Converged,
    /// It did not, and this is why that is right.
    Exception(String),
    /// It did not.
    Failed(String),
    /// The fault struck nothing: the run was over, or what it was to strike was not there. It does not count.
    Missed,
}

struct Record {
    class: &'static str,
    what: String,
    outcome: Outcome,
}

/// All injections of this run.
pub struct Ledger {
    records: Mutex<Vec<Record>>,
    /// What is chosen at random comes from here.
    pub seed: u64,
    /// The classes that are asked for, by how they begin, with commas between; or `all`.
    part: String,
    /// Whether a few of each will do.
    short: bool,
    labs: usize,
    began: Instant,
}

/// How much of the short part is chosen when nobody says otherwise: the same every time, so that CI is steady.
const STEADY: u64 = 5;
/// What every `cargo test` does: this needs no machines.
const WITHOUT_MACHINES: &str = "hosts file";
/// What CI does (where `CI` is set): a few of each kind.
const EVERY_DAY: &str = "hosts file,two at once,host: power cut,link: cut,controller: SIGKILL";

impl Ledger {
    pub fn begin() -> Self {
        let asked = std::env::var("LABCTL_FAULTS").ok().filter(|part| !part.is_empty());
        let ci = std::env::var_os("CI").is_some();
        let (part, short) = match asked.as_deref() {
            None => (if ci { EVERY_DAY } else { WITHOUT_MACHINES }, true),
            Some("few") => ("all", true),
            Some(part) => (part, false),
        };
        let number =
            |name: &str| std::env::var(name).ok().map(|n| n.parse().unwrap_or_else(|_| panic!("{name}: a number")));
        let (given, labs) = (number("LABCTL_FAULTS_SEED"), number("LABCTL_FAULTS_LABS").unwrap_or(1).clamp(1, 9));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let seed = given.unwrap_or(if short { STEADY } else { now });
        eprintln!("faults: LABCTL_FAULTS='{part}' LABCTL_FAULTS_SEED={seed} LABCTL_FAULTS_LABS={labs}");
        let (part, labs) = (part.to_owned(), usize::try_from(labs).unwrap());
        Self { records: Mutex::default(), seed, part, short, labs, began: Instant::now() }
    }

    /// What each lab has to do.
    pub fn shares(&self) -> Vec<Shard> {
        (1..=self.labs).map(|lab| format!("{lab}/{}", self.labs).parse().unwrap()).collect()
    }

    /// Of the injections of a class: none, if it is not asked for; `few` of them, if a few will do; else all.
    pub fn chosen<T>(&self, class: &str, mut points: Vec<T>, few: usize) -> Vec<T> {
        if self.part != "all" && !self.part.split(',').any(|part| class.starts_with(part)) {
            points.clear();
        } else if self.short {
            fastrand::Rng::with_seed(self.seed ^ class.len() as u64).shuffle(&mut points);
            points.truncate(few);
        }
        points
    }

    /// Whether anything of these classes is to be done.
    pub fn wants(&self, classes: &[&str]) -> bool {
        let mine = |class: &&str| self.part.split(',').any(|part| class.starts_with(part) || part.starts_with(*class));
        self.part == "all" || classes.iter().any(mine)
    }

    /// Whether this is the part for every day.
    pub fn short(&self) -> bool {
        self.short
    }

    pub fn record(&self, class: &'static str, what: &str, outcome: Outcome, took: Duration) {
        let word = match &outcome {
            Outcome::Converged => "converged".to_owned(),
            Outcome::Exception(why) => format!("exception: {why}"),
            Outcome::Failed(how) => format!("FAILED: {how}"),
            Outcome::Missed => "missed".to_owned(),
        };
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, at) = (records.len() + 1, self.began.elapsed().as_secs());
        eprintln!("[{at:5} s] {count:3}. {class}: {what}: {word} ({:.1} s)", took.as_secs_f64());
        records.push(Record { class, what: what.to_owned(), outcome });
    }

    /// Writes the table; fails if anything was not as expected, or nothing was injected into what was asked for.
    pub fn end(&self) {
        self.idle();
        let text = self.table();
        let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/faults.md");
        fs::write(file, &text).unwrap();
        eprintln!("{text}\n({file})");
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let failed: Vec<_> = records
            .iter()
            .filter_map(|r| match &r.outcome {
                Outcome::Failed(how) => Some(format!("{}: {}: {how}", r.class, r.what)),
                _ => None,
            })
            .collect();
        assert!(failed.is_empty(), "{} of {} injections:\n{}", failed.len(), records.len(), failed.join("\n"));
    }

    /// A class of which nothing struck proves nothing; nor does a part that is no class at all.
    fn idle(&self) {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let struck =
            |class: &str| records.iter().any(|r| r.class.starts_with(class) && !matches!(r.outcome, Outcome::Missed));
        let parts = self.part.split(',').filter(|part| *part != "all");
        let mut idle: Vec<String> =
            records.iter().map(|r| r.class).chain(parts).filter(|class| !struck(class)).map(str::to_owned).collect();
        drop(records);
        idle.dedup();
        for class in idle {
            self.record("the test itself", &class, Outcome::Failed("no injection struck".into()), Duration::ZERO);
        }
    }

    fn table(&self) -> String {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
        let (mut exceptions, mut failures) = (BTreeMap::<String, usize>::new(), String::new());
        for record in records.iter() {
            for class in [record.class, "together"] {
                let row = rows.entry(class).or_default();
                row[0] += usize::from(!matches!(record.outcome, Outcome::Missed));
                row[match &record.outcome {
                    Outcome::Converged => 1,
                    Outcome::Exception(_) => 2,
                    Outcome::Failed(_) => 3,
                    Outcome::Missed => 4,
                }] += 1;
            }
            match &record.outcome {
                Outcome::Exception(why) => *exceptions.entry(format!("{}: {why}", record.class)).or_default() += 1,
                Outcome::Failed(how) => {
                    let first = how.lines().next().unwrap_or_default();
                    let _ = writeln!(failures, "* {}: {}: {first}", record.class, record.what);
                }
                Outcome::Converged | Outcome::Missed => {}
            }
        }
        let date = std::process::Command::new("date").arg("-u").arg("+%Y-%m-%d %H:%M UTC").output().unwrap();
        let date = String::from_utf8_lossy(&date.stdout).trim().to_owned();
        let together = rows.remove("together").unwrap_or_default();
        let mut text = format!(
            "{date}, seed {}, {} minutes.\n\n| class | injections | converged | exceptions | failed | missed |\n|---|---|---|---|---|---|\n",
            self.seed,
            self.began.elapsed().as_secs().div_ceil(60)
        );
        for (class, [all, converged, exceptions, failed, missed]) in rows.into_iter().chain([("all", together)]) {
            let _ = writeln!(text, "| {class} | {all} | {converged} | {exceptions} | {failed} | {missed} |");
        }
        if !exceptions.is_empty() {
            text.push_str("\nThe exceptions, and why they are right:\n\n");
        }
        for (why, times) in exceptions {
            let _ = writeln!(text, "* {why} ({times})");
        }
        if !failures.is_empty() {
            let _ = write!(text, "\nFailed:\n\n{failures}");
        }
        text
    }
}
