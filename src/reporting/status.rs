//! How everything is, as one block: a line for each step on each host, then the machines, then what they serve.

use super::sentences::unreachable::{hints, reason};
use super::text::plural;
use super::{Reporter, sentences, text};
use crate::languages::ENGLISH;
use crate::model::event::{Event, Kind, Outcome};
use crate::model::health::{Health, Seen, Service, SiteHealth, State};
use crate::model::name::HostName;
use crate::model::site::Site;
use crate::model::summary::Summary;
use anstyle::{AnsiColor, Style as Paint};
use std::io::{self, Write};

/// Writes a block for each look.
pub struct Status<W: Write> {
    out: W,
    color: bool,
    quiet: bool,
    /// Whether each block takes the place of the one before it.
    redraw: bool,
    sites: Vec<Site>,
    /// Said when something does not hold.
    advice: String,
    /// What stands beside the lab's name: the time of the look.
    stamp: String,
    hosts: Vec<HostName>,
    lab: String,
    health: Health,
    summary: Summary,
}

impl<W: Write> Status<W> {
    /// A reporter of one look.
    pub fn new(out: W, color: bool, quiet: bool, sites: Vec<Site>, advice: String) -> Self {
        Self {
            out,
            color,
            quiet,
            redraw: false,
            sites,
            advice,
            stamp: String::new(),
            hosts: Vec::new(),
            lab: String::new(),
            health: Health::default(),
            summary: Summary::default(),
        }
    }

    /// Of one look among many: with its time, and on a terminal in the place of the one before it.
    pub fn again(mut self, stamp: String, redraw: bool) -> Self {
        (self.stamp, self.redraw) = (stamp, redraw);
        self
    }

    fn block(&self) -> String {
        let machines = self.hosts.iter().filter(|host| !host.is_controller()).count();
        let mut lines = vec![format!("{}: {}{}", self.lab, plural(machines, "machine"), self.stamp), String::new()];
        lines.extend(self.steps());
        lines.push(String::new());
        lines.extend(self.machines());
        let served = self.served();
        if !served.is_empty() {
            lines.push(String::new());
            lines.extend(served);
        }
        lines.push(String::new());
        lines.extend(self.result());
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn steps(&self) -> Vec<String> {
        let width = self.width();
        let wanted = self.health.cells().iter().filter(|cell| !self.quiet || cell.outcome != Outcome::Ok);
        wanted
            .map(|cell| {
                let color = match cell.word {
                    "unreachable" => AnsiColor::Red,
                    _ => color(cell.outcome),
                };
                let word = self.painted(&format!("{:<12}", cell.word), color);
                let open = text::sanitize(&ENGLISH.open_task(cell));
                format!("  {:<10} {:<width$}  {word}  {open}", cell.step, cell.host)
            })
            .collect()
    }

    fn machines(&self) -> Vec<String> {
        let width = self.width();
        let head =
            format!("  {:<width$}  {:<16} {:<16} {:>5}  {:<12} clock", "machine", "memory", "disk /", "load", "up");
        let mut lines = vec![head];
        for host in self.hosts.iter().filter(|host| !host.is_controller()) {
            if let Some(why) = self.health.unreachable(host) {
                let word = self.painted("unreachable", AnsiColor::Red);
                lines.push(format!("  {host:<width$}  {word}: {}", text::sanitize(&reason(why))));
                lines.extend(hints(why).iter().map(|hint| format!("  {:width$}  hint: {}", "", text::sanitize(hint))));
                continue;
            }
            let [memory, disk, load, up, clock] = ENGLISH.machine(&self.health.machine(host));
            lines.push(format!("  {host:<width$}  {memory:<16} {disk:<16} {load:>5}  {up:<12} {clock}"));
        }
        lines
    }

    fn served(&self) -> Vec<String> {
        let width = self.width();
        let mut lines = Vec::new();
        for host in &self.hosts {
            for (name, Service { seen, .. }) in self.health.services(host) {
                let what = text::sanitize(name.as_str());
                lines.push(self.signed(seen, &format!("{host:<width$}  {what}: {}", text::sanitize(&seen.why))));
            }
        }
        for site in &self.sites {
            let seen = sentences::balance::site(self.health.site(&site.domain));
            lines.push(self.signed(&seen, &format!("http://{}/  {}", site.domain, text::sanitize(&seen.why))));
            if let Some(SiteHealth::Counted(seen)) = self.health.site(&site.domain) {
                let warnings = seen.warnings().into_iter().flat_map(|warning| ENGLISH.warning(seen, &warning));
                let hints = ENGLISH.sighting_hints(seen, "web");
                let remarks =
                    warnings.map(|line| ("warning", line)).chain(hints.into_iter().map(|line| ("hint", line)));
                lines.extend(remarks.map(|(word, line)| format!("    {word}: {}", text::sanitize(&line))));
            }
        }
        lines
    }

    fn signed(&self, seen: &Seen, rest: &str) -> String {
        let color = match seen.state {
            State::Good => AnsiColor::Green,
            State::Bad => AnsiColor::Red,
            State::Unsure => AnsiColor::Cyan,
        };
        format!("  {} {rest}", self.painted(seen.state.sign(), color))
    }

    fn result(&self) -> Vec<String> {
        let count = |outcome| self.summary.count(outcome);
        let mut parts = vec![format!("ok {}", count(Outcome::Ok))];
        for (word, n) in [
            ("would change", count(Outcome::Changed)),
            ("unknown", count(Outcome::Unknown)),
            ("failed", count(Outcome::Failed)),
            ("skipped", count(Outcome::Skipped)),
            ("unreachable", self.summary.unreachable().len()),
        ] {
            if n > 0 {
                parts.push(format!("{word} {n}"));
            }
        }
        if self.summary.interrupted() {
            parts.push("interrupted".to_owned());
        }
        let mut lines = vec![format!("  {}   {}", parts.join("   "), text::seconds(self.summary.took_ms()))];
        if !(self.summary.converged() && count(Outcome::Changed) == 0) {
            lines.push(format!("  {}", self.advice));
        }
        lines
    }

    fn width(&self) -> usize {
        self.hosts.iter().map(|host| host.as_str().len()).max().unwrap_or(0).max(7)
    }

    fn painted(&self, word: &str, color: AnsiColor) -> String {
        if !self.color {
            return word.to_owned();
        }
        let paint = Paint::new().fg_color(Some(color.into()));
        format!("{paint}{word}{paint:#}")
    }
}

fn color(outcome: Outcome) -> AnsiColor {
    match outcome {
        Outcome::Ok => AnsiColor::Green,
        Outcome::Changed => AnsiColor::Yellow,
        Outcome::Failed => AnsiColor::Red,
        Outcome::Skipped | Outcome::Unknown => AnsiColor::Cyan,
    }
}

impl<W: Write> Reporter for Status<W> {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.summary.add(event);
        self.health.add(event);
        match &event.kind {
            Kind::RunStarted { lab, hosts, .. } => (self.lab, self.hosts) = (lab.to_string(), hosts.clone()),
            // A look that was broken off says less than the one before it.
            Kind::RunFinished { interrupted: true, .. } if !self.stamp.is_empty() => {}
            Kind::RunFinished { .. } => {
                let mut block = self.block();
                if self.redraw {
                    // Over the old block line by line, which does not flicker. No mode of the terminal is changed, so
                    // however labctl ends, nothing is to be put back.
                    block = format!("\x1b[H{}\x1b[J", block.replace('\n', "\x1b[K\n"));
                } else if !self.stamp.is_empty() {
                    block.push('\n');
                }
                self.out.write_all(block.as_bytes())?;
                self.out.flush()?;
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Mode, TaskRef, TaskResult, Verdict};
    use crate::model::site::Server;
    use crate::model::unreachable::Unreachable;

    fn shown(quiet: bool, again: Option<bool>) -> String {
        let (name, address) = ("app1".parse().unwrap(), Some("10.0.0.2".to_owned()));
        let servers = vec![Server { name, address, port: 3000, weight: 1 }];
        let site = Site { domain: "a.b".into(), servers, ..Site::default() };
        let mut out = Vec::new();
        let mut status = Status::new(&mut out, false, quiet, vec![site], "make it so".into());
        if let Some(redraw) = again {
            status = status.again(", every 2 s".into(), redraw);
        }
        let (web, app): (HostName, HostName) = ("web".parse().unwrap(), "app1".parse().unwrap());
        let (lab, version, hosts) = ("t".parse().unwrap(), String::new(), vec![web.clone(), app.clone()]);
        let mut kinds =
            vec![Kind::RunStarted { version, lab, mode: Mode::Check, steps: vec![], hosts, started: 0, shard: None }];
        let facts = [
            ("memory_total_kb", "524288"),
            ("memory_used_kb", "186368"),
            ("disk_total_kb", "much"),
            ("load", "0.5"),
            ("uptime_s", "61"),
            ("clock_ms", "2500"),
            ("clock_margin_ms", "20"),
            ("nginx", "failed \u{1b}[2J not running"),
            ("site.a.b", "ok app1"),
        ];
        kinds.extend(facts.map(|(key, value)| Kind::HostFact {
            host: web.clone(),
            key: key.into(),
            value: value.into(),
        }));
        let why = Unreachable::Words { reason: "no route".into(), hints: vec!["switch it on".into()] };
        kinds.push(Kind::HostUnreachable { host: app, why });
        for (step, outcome) in [("nginx", Outcome::Ok), ("proxy", Outcome::Changed)] {
            let (step, took_ms): (crate::model::name::StepName, u64) = (step.parse().unwrap(), 0);
            let task = TaskRef::new(web.clone(), step.clone(), "configure");
            kinds.push(Kind::TaskFinished { result: TaskResult::new(task, outcome) });
            kinds.push(Kind::StepFinished { host: web.clone(), step, took_ms, verdict: Verdict::Finished });
        }
        kinds.push(Kind::RunFinished { took_ms: 300, interrupted: false });
        kinds.into_iter().for_each(|kind| status.settled(&Event { at_ms: 0, kind }).unwrap());
        String::from_utf8(out).unwrap()
    }

    const BLOCK: &str = "\
t: 2 machines

  nginx      web      ok
  proxy      web      would change  configure

  machine  memory           disk /            load  up           clock
  web      182 of 512 MiB   ?                 0.50  1 min        2.5 s fast
  app1     unreachable: no route
           hint: switch it on

  ✗ web      nginx: \\u{1b}[2J not running
  ✓ http://a.b/  answered by app1

  ok 1   would change 1   unreachable 1   0.3 s
  make it so
";

    #[test]
    fn one_block_for_one_look() {
        assert_eq!(shown(false, None), BLOCK);
        assert_eq!(shown(true, None), BLOCK.replace("  nginx      web      ok\n", ""));
    }

    #[test]
    fn many_looks_follow_each_other_or_take_one_place() {
        let stamped = BLOCK.replace("2 machines", "2 machines, every 2 s");
        assert_eq!(shown(false, Some(false)), format!("{stamped}\n"));
        assert_eq!(shown(false, Some(true)), format!("\u{1b}[H{}\u{1b}[J", stamped.replace('\n', "\u{1b}[K\n")));
    }
}
