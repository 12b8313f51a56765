//! The texts of the page of a run.

use crate::model::event::Drill;

/// The texts of the page of a run. These functions take and return plain text, except where their docs say HTML: that is
/// escaped already, and goes into the page as it is.
pub struct ReportTexts {
    /// The headings of its parts.
    pub parts: PartTexts,
    /// What stands at its head.
    pub head: HeadTexts,
    /// What every part uses.
    pub common: CommonTexts,
    /// Steps, tasks and the timeline.
    pub run: RunTexts,
    /// How the servers of each site share its requests.
    pub balance: BalanceTexts,
    /// The part about drills: faults made on purpose, and what visitors saw of them.
    pub drill: DrillTexts,
    /// The curves of a drill.
    pub curves: CurveTexts,
}

/// The headings of the parts of the page.
pub struct PartTexts {
    /// How each step came out.
    pub status: &'static str,
    /// Above the picture of the lab.
    pub lab: &'static str,
    /// When each step ran.
    pub timeline: &'static str,
    /// Who answered how much.
    pub balance: &'static str,
    /// Above the part about drills.
    pub drill: &'static str,
    /// Above the table of all tasks.
    pub tasks: &'static str,
    /// Failures, first of all.
    pub trouble: &'static str,
}

/// What came of the run, in a title and a sentence.
pub struct HeadTexts {
    /// Name of the links to the parts.
    pub parts: &'static str,
    /// Before remarks on what the recording lacks.
    pub incomplete: &'static str,
    /// Title: so many tasks failed.
    pub tasks_failed: fn(usize) -> String,
    /// Title: a host was not reached, nor were this many more.
    pub unreachable: fn(first: &str, more: usize) -> String,
    /// Title: there was no drill.
    pub nothing_drilled: &'static str,
    /// Title: sites that do not keep the promise of their method.
    pub sites_off: fn(usize) -> String,
    /// Title: somebody interrupted the run.
    pub interrupted: &'static str,
    /// Title: something of the recording is missing.
    pub cut: &'static str,
    /// Title of a run that only looked: so many tasks would change something.
    pub would_change: fn(usize) -> String,
    /// Title of a run that only looked, and found everything in place.
    pub nothing_would_change: &'static str,
    /// Title: every site keeps the promise of its method.
    pub sites_hold: &'static str,
    /// Title: so many tasks changed something, and all is well.
    pub changed: fn(usize) -> String,
    /// Title: nothing had to be changed.
    pub in_place: &'static str,
    /// Title: drills without figures.
    pub drills_failed: fn(usize) -> String,
    /// Title: so many of so many requests were lost.
    pub requests_lost: fn(lost: usize, sent: usize) -> String,
    /// Title: none was lost, but so many of so many were slow.
    pub requests_slow: fn(slow: usize, sent: usize) -> String,
    /// Title: all of so many requests were answered in time.
    pub unnoticed: fn(sent: usize) -> String,
    /// Sentence on a run.
    pub run: fn(&RunCounts<'_>) -> String,
    /// Sentence on drills: their modes with commas between them, the first of them, and how long all took.
    pub drills: fn(count: usize, modes: &str, first: &Drill, took: &str) -> String,
    /// Sentence on counted sites.
    pub balances: fn(sent: u64, sites: usize, took: &str) -> String,
    /// Sentence on why the run went no further.
    pub halted: fn(failed: usize, hosts: usize, max_fail: &str) -> String,
}

/// The numbers of a run.
pub struct RunCounts<'a> {
    /// The verb, as typed: `up`.
    pub verb: &'a str,
    /// Whether it only looked.
    pub check: bool,
    /// How many machines it was about.
    pub machines: usize,
    /// How long it took, in words.
    pub took: &'a str,
    /// How many tasks ended.
    pub tasks: usize,
    /// How many tasks found their state in place.
    pub ok: usize,
    /// How many tasks changed something, or would.
    pub changed: usize,
    /// How many tasks failed.
    pub failed: usize,
    /// How many tasks were not started.
    pub skipped: usize,
    /// How many tasks could not be checked yet.
    pub unknown: usize,
}

impl RunCounts<'_> {
    /// `2 held already, 4 changed`: the first count always, the others unless they are zero. `words` are those for ok,
    /// changed, failed, skipped and unknown.
    pub fn list(&self, words: [&str; 5]) -> String {
        let counts = [self.ok, self.changed, self.failed, self.skipped, self.unknown];
        let shown = counts.into_iter().zip(words).enumerate().filter(|(n, (count, _))| *n == 0 || *count > 0);
        shown.map(|(_, (count, word))| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

/// What several parts use.
pub struct CommonTexts {
    /// The name of the picture of the lab.
    pub picture: &'static str,
    /// Of a step where the recording ends in the middle.
    pub not_finished: &'static str,
    /// Instead of so many letters of a long text.
    pub letters_left_out: fn(usize) -> String,
    /// The last line of the page. HTML: the version and the recording's name.
    pub made_by: fn(version: &str, recording: &str) -> String,
    /// Instead of a time: it did not happen.
    pub never: &'static str,
}

/// Steps, tasks and the timeline.
pub struct RunTexts {
    /// Column of a table: the step's name.
    pub step: &'static str,
    /// Column of a table: the host's name.
    pub host: &'static str,
    /// Caption of the table of steps and hosts.
    pub steps: &'static str,
    /// In that table: the step is not for this host.
    pub no_part: &'static str,
    /// HTML: hosts with their systems.
    pub reached: fn(hosts: &str) -> String,
    /// HTML: a host, and why it was not reached.
    pub unreachable: fn(host: &str, why: &str) -> String,
    /// HTML: a task that failed.
    pub failed: fn(task: &str, host: &str, step: &str, why: &str) -> String,
    /// HTML: a drill without figures.
    pub drill_failed: fn(mode: &str, why: &str) -> String,
    /// Before a hint on how to go on.
    pub what_to_do: &'static str,
    /// HTML: a remark of a task.
    pub note: fn(&str) -> String,
    /// Above the diff of a task.
    pub diff: &'static str,
    /// Above what programs printed.
    pub output: &'static str,
    /// The name of the timeline.
    pub drawing: &'static str,
    /// The drawing in a sentence, for whoever cannot see it.
    pub drawn: &'static str,
    /// A step on a host, as a bar of the timeline is called.
    pub on: fn(step: &str, host: &str) -> String,
    /// Opens the same as a table.
    pub as_table: &'static str,
    /// Caption of that table.
    pub when: &'static str,
    /// Head of a column: how long after the beginning of the run.
    pub began: &'static str,
    /// Head of a column: how long it took.
    pub took: &'static str,
    /// Column of a table: how the step ended.
    pub outcome: &'static str,
}

/// How the servers of each site share its requests.
pub struct BalanceTexts {
    /// Every server's share is what the method promises.
    pub holds: &'static str,
    /// Some server's share is not what the method promises.
    pub off: &'static str,
    /// Caption of the table.
    pub caption: fn(site: &str) -> String,
    /// Heads of its columns: server, its share, its answers, what was promised.
    pub heads: [&'static str; 4],
    /// Instead of a server's address.
    pub nameless: &'static str,
    /// What was promised of a server that the site does not have.
    pub stranger: &'static str,
    /// What was promised: at least and at most.
    pub range: fn(least: u64, most: u64) -> String,
    /// Behind a server's address.
    pub weight: fn(u64) -> String,
    /// How many requests were sent, and the balance method.
    pub sent: fn(sent: u64, method: &str) -> String,
    /// A whole sentence: the site was seen from this computer, at this address.
    pub seen_here: fn(address: &str) -> String,
    /// Before what a person should know.
    pub warning: &'static str,
    /// No request was lost.
    pub none_lost: &'static str,
    /// So many requests were.
    pub lost: fn(u64) -> String,
}

/// The part about drills: faults made on purpose, and what visitors saw of them.
pub struct DrillTexts {
    /// Caption of the table that compares several.
    pub compared: &'static str,
    /// Heads of its columns: fault, sent, lost, waited, longest gap, p50, p99, slowest, ejected after, back after.
    pub heads: [&'static str; 10],
    /// Behind a mode and a host: nginx's defaults were used in place of the lab's settings.
    pub defaults: &'static str,
    /// What was asked for.
    pub asked: fn(&Drill) -> String,
    /// HTML: why there are no figures.
    pub no_figures: fn(why: &str) -> String,
    /// The recording ends in the middle.
    pub cut: &'static str,
    /// Names of figures: sent, lost, waited over a second, longest time without an answer, half within, 99 of 100 within,
    /// slowest, ejected after, back after.
    pub figures: [&'static str; 9],
    /// Caption of the table of shares.
    pub shares: &'static str,
    /// Heads of its columns: when, shares.
    pub shares_heads: [&'static str; 2],
    /// Its rows: before, during, after the fault.
    pub shares_rows: [&'static str; 3],
    /// The name of the curves of the drill with this number, and its mode.
    pub curves: fn(number: usize, mode: &str) -> String,
    /// Opens them as a table.
    pub as_table: &'static str,
    /// Caption of that table.
    pub by_second: &'static str,
    /// Heads of its first columns: second, sent. Servers follow.
    pub second_heads: [&'static str; 2],
    /// Heads of its last columns: lost, still waiting, p50, p99, slowest, what happened.
    pub last_heads: [&'static str; 6],
}

/// The curves of a drill. There is room for about twenty letters left of them.
pub struct CurveTexts {
    /// The drawing in a sentence, for whoever cannot see it: it spans this time.
    pub drawn: fn(time: &str) -> String,
    /// The height of a band: so many answers a second.
    pub most_a_second: fn(u64) -> String,
    /// Name of the band of requests that were lost or still wait.
    pub lost_and_waiting: &'static str,
    /// In it, where there is none.
    pub none: &'static str,
    /// In it, otherwise: the height.
    pub most: fn(u64) -> String,
    /// Name of a colour in it.
    pub lost: &'static str,
    /// Name of a colour in it.
    pub waiting: &'static str,
    /// Name of the band of response times.
    pub waiting_time: &'static str,
    /// Names of its lines: slowest, 99 of 100, half.
    pub lines: [&'static str; 3],
    /// What is marked: the fault is there, the server is ejected, the fault is undone, the server answers again.
    pub turns: [&'static str; 4],
}
