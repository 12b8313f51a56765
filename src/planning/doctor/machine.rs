//! What a machine said of itself, typed: programs, ports, pm2, disks, tools.

use super::conf::Conf;
use super::found::{Checkout, Entry, Foreign, Unit};
use crate::model::health::Health;
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use std::collections::BTreeMap;

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Its address: `0.0.0.0`, `127.0.0.1`, `*`, `[::]`, …
    pub address: String,
    /// The TCP port, from 1 to 65535.
    pub port: u16,
    /// Whose it is, where that could be seen.
    pub pid: Option<u32>,
    /// The program's short name.
    pub program: String,
}

impl Listen {
    /// A line of `ss -H -l -t -n -p`.
    fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (address, port) = words.get(3)?.rsplit_once(':')?;
        // A program may call itself by several words: pm2 has `node /home/budi/…` and `PM2 v5.4.3: God`.
        let users = line.split_once("users:").map_or("", |(_, users)| users);
        let program = users.split('"').nth(1).unwrap_or("a program that cannot be seen").to_owned();
        let pid = users.split("pid=").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
        Some(Self { address: address.to_owned(), port: port.parse().ok()?, pid, program })
    }

    /// Whether only the machine itself can connect.
    pub fn is_loopback(&self) -> bool {
        let bare = self.address.trim_matches(['[', ']']);
        bare.starts_with("127.") || bare == "::1" || bare.starts_with("::ffff:127.")
    }
}

/// A process, as `ps` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The process that started it.
    pub parent: u32,
    /// The user that it runs as.
    pub user: String,
    /// Whether a signal has stopped it: it is there, and does nothing.
    pub frozen: bool,
    /// For how many seconds it has run.
    pub seconds: u64,
    /// Its command line, its words separated by spaces.
    pub line: String,
}

/// How an address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAnswer {
    /// curl's exit code; 0 when there was an answer.
    pub exit: u32,
    /// The HTTP status, or 0.
    pub status: u16,
    /// `lab`, `welcome`, `unknown-host` or `other`.
    pub page: String,
    /// `X-Upstream`, if it was there.
    pub upstream: String,
    /// What curl printed about it; empty if it got an answer.
    pub words: String,
}

impl PageAnswer {
    /// Of what a machine said of it.
    pub fn read(text: &str) -> Option<Self> {
        let (head, words) = text.split_once('|').unwrap_or((text, ""));
        let mut parts = head.split(' ');
        let exit = parts.next()?.parse().ok()?;
        let status = parts.next()?.parse().ok()?;
        let page = parts.next().unwrap_or("other").to_owned();
        let upstream = parts.collect::<Vec<_>>().join(" ").trim().to_owned();
        Some(Self { exit, status, page, upstream, words: words.trim().to_owned() })
    }

    /// A page with a good status, and not one that says that there is none.
    pub fn good(&self) -> bool {
        self.exit == 0 && (200..400).contains(&self.status) && !matches!(self.page.as_str(), "welcome" | "unknown-host")
    }

    /// Whether nobody took the connection, or nothing came back.
    pub fn cut(&self) -> bool {
        matches!(self.exit, 7 | 28)
    }

    /// How it answered, so that it can follow an address.
    pub fn describe(&self) -> Message {
        match (self.exit, self.page.as_str()) {
            (0, "welcome") => message!("{}, nginx's welcome page", self.status),
            (0, "unknown-host") => message!("{}, `Invalid Host header`", self.status),
            (0, _) => Message::from(self.status.to_string()),
            _ if self.words.is_empty() => message!("no answer (curl ended with {})", self.exit),
            _ => {
                // `curl: (7) Failed to …`: the number says nothing to a person.
                let words = self.words.trim_start_matches("curl: ");
                let words = words.split_once(") ").filter(|_| words.starts_with('(')).map_or(words, |(_, words)| words);
                message!("no answer ({})", words)
            }
        }
    }
}

/// A file system: where, how large, how much is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// The folder that it is mounted at.
    pub at: String,
    /// KiB, or number of files.
    pub total: u64,
    /// How many of them are free.
    pub free: u64,
}

/// Everything that a machine said.
#[derive(Debug, Clone, Default)]
pub struct MachineFacts {
    /// Whether it answered the doctor's questions at all.
    pub asked: bool,
    one: BTreeMap<String, String>,
    many: BTreeMap<String, Vec<String>>,
    /// The ports that somebody listens on, and who.
    pub listens: Vec<Listen>,
    /// All processes, by their numbers.
    pub processes: BTreeMap<u32, Process>,
    /// What pm2 has, of every user.
    pub entries: Vec<Entry>,
    /// The projects of Node.js.
    pub checkouts: Vec<Checkout>,
    /// What belongs to the wrong user.
    pub foreign: Vec<Foreign>,
    /// Units of systemd that somebody has written.
    pub units: Vec<Unit>,
    /// The configuration that nginx reads.
    pub conf: Conf,
}

impl MachineFacts {
    /// A machine that nothing is known of.
    pub const EMPTY: Self = Self {
        asked: false,
        one: BTreeMap::new(),
        many: BTreeMap::new(),
        listens: Vec::new(),
        processes: BTreeMap::new(),
        entries: Vec::new(),
        checkouts: Vec::new(),
        foreign: Vec::new(),
        units: Vec::new(),
        conf: Conf::EMPTY,
    };

    /// Of what a host said in a look.
    pub fn of(health: &Health, host: &HostName) -> Self {
        let mut machine = Self::default();
        for (key, value) in health.diagnostics(host) {
            machine.asked = true;
            // `listen#0001`: a line of several. A number behind a dot is part of a name: a process, a port, a user.
            match key.rsplit_once('#') {
                Some((key, _)) => machine.many.entry(key.to_owned()).or_default().push(value.to_owned()),
                None => {
                    if let Some(entry) = key.strip_prefix("pm2.app.").and_then(|rest| entry(rest, value)) {
                        machine.entries.push(entry);
                    } else {
                        machine.one.insert(key.to_owned(), value.to_owned());
                    }
                }
            }
        }
        machine.listens = machine.lines("listen").iter().filter_map(|line| Listen::read(line)).collect();
        machine.processes = machine.lines("process").iter().filter_map(|line| process(line)).collect();
        machine.checkouts = machine.lines("checkout").iter().filter_map(|line| Checkout::read(line)).collect();
        machine.foreign = machine.lines("foreign").iter().filter_map(|line| Foreign::read(line)).collect();
        machine.units = machine.lines("units").iter().filter_map(|line| Unit::read(line)).collect();
        machine.conf = Conf::read(machine.lines("nginx.conf"), machine.lines("nginx.loaded"));
        machine
    }

    /// What was said once under a key.
    pub fn one(&self, key: &str) -> Option<&str> {
        self.one.get(key).map(String::as_str)
    }

    /// Everything that was said once, under keys that begin so.
    pub fn each<'a>(&'a self, begin: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.one.iter().filter_map(move |(key, value)| Some((key.strip_prefix(begin)?, value.as_str())))
    }

    /// The lines that were said under a key.
    pub fn lines(&self, key: &str) -> &[String] {
        self.many.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// A program of the lab's user: its path, if a login finds it.
    pub fn tool(&self, name: &str) -> Option<&str> {
        self.lines("tool")
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .filter(|at| !at.is_empty())
    }

    /// How an address answered, under `reach.`, `ask.` or `local.`.
    pub fn answer(&self, key: &str) -> Option<PageAnswer> {
        self.one(key).and_then(PageAnswer::read)
    }

    /// The file systems (`disk`, in KiB) or their files (`inodes`).
    pub fn spaces(&self, key: &str) -> Vec<Space> {
        let read = |line: &String| {
            let mut words = line.split(' ');
            let at = words.next()?.to_owned();
            Some(Space { at, total: words.next()?.parse().ok()?, free: words.next()?.parse().ok()? })
        };
        self.lines(key).iter().filter_map(read).collect()
    }

    /// A process and those that it came from, the nearest first.
    pub fn line_of(&self, pid: u32) -> Vec<(u32, &Process)> {
        let mut line = Vec::new();
        let mut at = pid;
        while let Some(process) = self.processes.get(&at)
            && line.len() < 20
        {
            line.push((at, process));
            at = process.parent;
        }
        line
    }

    /// Whether an address is this machine's own.
    pub fn has_address(&self, address: &str) -> bool {
        self.one("addresses").is_some_and(|all| all.split(' ').any(|own| own == address))
    }

    /// Whose pm2 a process belongs to.
    pub fn pm2_of(&self, pid: u32) -> Option<&str> {
        let daemon = self.line_of(pid).into_iter().find(|(_, process)| process.line.starts_with("PM2 v"));
        daemon.map(|(_, process)| process.user.as_str())
    }

    /// What listens on a port.
    pub fn on_port(&self, port: u16) -> Option<&Listen> {
        let all = || self.listens.iter().filter(move |listen| listen.port == port);
        all().find(|listen| !listen.is_loopback()).or_else(|| all().next())
    }

    /// The ports that an application of pm2 listens on: its processes, or in cluster mode the daemon for them.
    pub fn ports_of(&self, entry: &Entry) -> Vec<&Listen> {
        let parent = self.processes.get(&entry.pid).map(|process| process.parent);
        let family = |listen: &&Listen| {
            let line = listen.pid.map(|pid| self.line_of(pid)).unwrap_or_default();
            entry.pid > 0 && line.iter().any(|(at, _)| *at == entry.pid)
                || entry.is_cluster() && listen.pid.is_some() && listen.pid == parent
        };
        self.listens.iter().filter(family).collect()
    }

    /// The processes of an application of pm2.
    pub fn family(&self, entry: &Entry) -> impl Iterator<Item = (u32, &Process)> {
        let pid = entry.pid;
        let within = move |at: u32| pid > 0 && self.line_of(at).iter().any(|(each, _)| *each == pid);
        self.processes.iter().map(|(at, process)| (*at, process)).filter(move |(at, _)| within(*at))
    }
}

fn entry(rest: &str, value: &str) -> Option<Entry> {
    let (owner, _) = rest.rsplit_once('.')?;
    let entry: Entry = serde_json::from_str(value).ok()?;
    Some(Entry { owner: owner.to_owned(), ..entry })
}

fn process(line: &str) -> Option<(u32, Process)> {
    let mut rest = line;
    let mut word = || {
        rest = rest.trim_start();
        let (word, after) = rest.split_once(' ')?;
        rest = after;
        Some(word)
    };
    let (pid, parent, user, state, seconds) = (word()?, word()?, word()?.to_owned(), word()?, word()?);
    let (parent, seconds, frozen) = (parent.parse().ok()?, seconds.parse().ok()?, state.starts_with('T'));
    Some((pid.parse().ok()?, Process { parent, user, frozen, seconds, line: rest.trim().to_owned() }))
}
