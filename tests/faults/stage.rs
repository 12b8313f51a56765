//! A lab that is disturbed again and again. Between injections it is put back as before a full `up`, by undoing.

use super::class::Class;
use super::ledger::{Ledger, Outcome};
use super::link::Links;
use super::run::Run;
use super::seen::Seen;
use super::snapshot::Snapshot;
use labctl::internals::shard::Shard;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub const HOSTS: [&str; 3] = ["web", "app1", "app2"];

/// How far the machines are put back before an injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// Every step but `update` has something to do, without much to download.
    Quick,
    /// Also apt's lists are old, and nginx and pm2 are gone.
    Thorough,
    /// New machines.
    Fresh,
}

pub struct Stage<'a> {
    pub class: Class,
    pub rng: fastrand::Rng,
    ledger: &'a Ledger,
    share: Shard,
    reference: Snapshot,
    /// Lines that a full run prints: one for each event.
    pub events: usize,
}

/// What an injection says of itself: whether the fault struck anything, or what went wrong.
pub type Said = Result<bool, String>;
/// How often one is tried that strikes nothing.
const TRIES: usize = 3;

impl<'a> Stage<'a> {
    /// `None` where machines cannot be made, or where nothing needs them.
    pub fn begin(ledger: &'a Ledger, share: Shard) -> Option<(Self, Links)> {
        if !ledger.wants(&["controller: ", "link: ", "host: ", "two at once"]) {
            return None;
        }
        let class = Class::begin(&format!("fa{}", share.number()))?;
        let began = Instant::now();
        let up = class.labctl(&["up"]);
        assert_eq!(up.code, 0, "the undisturbed run: {up}");
        // From here on the same machines are also reached in two other ways.
        let mut links = Links::begin(&class);
        for inventory in ["existing.yaml", "linked.yaml"] {
            let up = class.labctl(&["up", inventory]);
            assert!(up.code == 0 && up.out.contains("changed 0"), "{inventory}: {up}");
        }
        let reference = Snapshot::of(&class);
        eprintln!("an undisturbed lab after {:.1} s: {} lines", began.elapsed().as_secs_f64(), reference.len());
        assert!(reference.len() > 1000, "the snapshot sees the machines");
        let rng = fastrand::Rng::with_seed(ledger.seed + share.number() as u64);
        let mut stage = Self { class, ledger, share, rng, reference, events: 0 };
        // What is undone must come back as it was, or the comparison would tell of itself.
        for undo in [Undo::Quick, Undo::Thorough] {
            let began = Instant::now();
            stage.undo(undo);
            assert!(stage.difference().is_some(), "{undo:?} undoes something");
            let (undone, began) = (began.elapsed().as_secs_f64(), Instant::now());
            // By the way on which most is disturbed, to know how much there is to disturb.
            let again = stage.made_again(&["linked.yaml"]);
            stage.events = again.unwrap_or_else(|how| panic!("undone and made again without a fault: {how}"));
            links.measure();
            eprintln!("{undo:?}: undone in {undone:.1} s, and back after {:.1} s", began.elapsed().as_secs_f64());
            if ledger.short() {
                break;
            }
        }
        Some((stage, links))
    }

    /// Of the injections of a class, those that are asked for and this lab's.
    pub fn chosen<T>(&self, class: &str, points: Vec<T>, few: usize) -> Vec<T> {
        let all = self.ledger.chosen(class, points, few).into_iter().enumerate();
        // So that classes of one injection are not all the first lab's.
        all.filter(|(n, _)| self.share.has(n + class.len())).map(|(_, point)| point).collect()
    }

    /// An injection that cannot be made on this computer, and why.
    pub fn exception(&self, class: &'static str, what: &str, why: &str) {
        self.ledger.record(class, what, Outcome::Exception(why.to_owned()), Duration::ZERO);
    }

    /// One injection: the machines are put back, the fault happens in an `up`, and the next `up` makes all well.
    pub fn round(&mut self, class: &'static str, what: &str, undo: Undo, mut fault: impl FnMut(&mut Self) -> Said) {
        let began = Instant::now();
        let said = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..TRIES {
                self.undo(undo);
                let struck = fault(self)?;
                self.converges()?;
                if struck {
                    return Ok(true);
                }
            }
            Ok(false)
        }));
        let outcome = match said {
            Ok(Ok(true)) => Outcome::Converged,
            Ok(Ok(false)) => Outcome::Missed,
            Ok(Err(how)) => Outcome::Failed(how),
            Err(panic) => Outcome::Failed(words(&*panic)),
        };
        let failed = matches!(outcome, Outcome::Failed(_));
        self.ledger.record(class, what, outcome, began.elapsed());
        if failed {
            self.put_right();
        }
    }

    /// `up` ends well, and everything is as in the undisturbed lab.
    fn converges(&self) -> Result<(), String> {
        self.made_again(&[]).map(drop)
    }

    /// The same with other words for `up`; how many lines it printed.
    fn made_again(&self, more: &[&str]) -> Result<usize, String> {
        // What a dead run has sent is kept for ten minutes, in case its engine is yet to come: those are over now.
        let old = "find /var/lib/labctl/*/payloads/* /run/labctl/*/stop.* -exec touch -d '-11 minutes' {} + 2> /dev/null; true";
        HOSTS.iter().filter(|host| self.class.runs(host)).for_each(|host| drop(root(&self.class, host, old)));
        let up = self.up(more).end()?;
        if up.code != 0 {
            return Err(format!("the next run fails: {up}"));
        }
        // What ends by itself may need a moment.
        let end = Instant::now() + Duration::from_secs(12);
        loop {
            match self.difference() {
                None => return Ok(up.out.lines().count()),
                Some(difference) if Instant::now() > end => return Err(format!("differs:\n{difference}")),
                Some(_) => std::thread::sleep(Duration::from_millis(500)),
            }
        }
    }

    pub fn difference(&self) -> Option<String> {
        Snapshot::of(&self.class).against(&self.reference)
    }

    /// An `up` with one event per line.
    pub fn up(&self, more: &[&str]) -> Run {
        Run::start(self.class.command(&[&["up", "--format", "json"], more].concat()))
    }

    pub fn on(&self, host: &str, script: &str) -> String {
        let seen = root(&self.class, host, script);
        assert_eq!(seen.code, 0, "{host}: {script}: {seen}");
        seen.out
    }

    pub fn undo(&self, undo: Undo) {
        if undo == Undo::Fresh {
            let reset = self.class.labctl(&["reset"]);
            assert_eq!(reset.code, 0, "{reset}");
        } else {
            let lab =
                format!("lab={} thorough={}\n", self.class.lab(), if undo == Undo::Thorough { "yes" } else { "" });
            std::thread::scope(|scope| {
                for host in HOSTS {
                    let script = format!("{lab}{}", include_str!("undo.sh"));
                    scope.spawn(move || self.on(host, &script));
                }
            });
        }
        self.class.write("hosts", "127.0.0.1\tlocalhost\n");
    }

    /// After a failure: what can be undone is undone; else new machines, and everything as in the beginning.
    fn put_right(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(self.class.hosts_file()).stderr(Stdio::null()).status();
        for undo in [Undo::Thorough, Undo::Fresh] {
            let tried = catch_unwind(AssertUnwindSafe(|| {
                self.undo(undo);
                self.converges()
            }));
            match tried {
                Ok(Ok(())) => return,
                Ok(Err(how)) => eprintln!("the lab is put right: {how}"),
                Err(panic) => eprintln!("the lab is put right: {}", words(&*panic)),
            }
        }
        // Better a lab of which the state is known than one lie after the other.
        eprintln!("what it is now counts from here on");
        self.reference = Snapshot::of(&self.class);
    }

    pub fn end(self) {
        let down = self.class.labctl(&["down"]);
        assert_eq!(down.code, 0, "{down}");
        self.class.assert_nothing_left();
    }
}

/// A script as root on a machine, not through its ssh: it may be broken there.
pub fn root(class: &Class, host: &str, script: &str) -> Seen {
    let mut child = Command::new("nsenter")
        .args(["-t", &class.init_of(host).to_string(), "-a", "--", "env", "-i"])
        .args(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "sh", "-s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    Seen::of(child.wait_with_output().unwrap())
}

pub fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
