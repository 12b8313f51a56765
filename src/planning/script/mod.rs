//! The one script that a host receives: a constant engine, the shell of the modules that it uses, and then nothing but
//! `task … verb 'word' 'word'`.

mod wire;

pub use wire::{FaultMessage, ScriptLine, ScriptMessage, read};

use crate::config::modules::{Piece, Shell, Word, add_pieces, handler_mark as mark};
use crate::model::event::Mode;
use crate::model::name::LabName;
use crate::model::proxy::Proxy;
use crate::model::quote::quote;
use crate::planning::plan::PlannedStep;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What all scripts for hosts rely on: how they send messages, and their folders.
pub const PRELUDE: Piece = Piece::Shell(include_str!("prelude.sh"));
/// The proxies of a machine; files rely on it.
pub const PROXIES: Piece = Piece::Shell(include_str!("proxies.sh"));
/// Files and commands with the rights of their owner.
pub const FILES: Piece = Piece::Shell(include_str!("files.sh"));
/// apt's sources, and packages that dpkg could not set up; what comes next relies on it.
pub const SOURCES: Piece = Piece::Shell(include_str!("sources.sh"));
/// apt, with patience for its locks.
pub const PACKAGES: Piece = Piece::Shell(include_str!("packages.sh"));
/// The lock of a machine, and its holder.
pub const LOCK: Piece = Piece::Shell(include_str!("lock.sh"));
/// The engine; the first sets what all others rely on.
const ENGINE: [Piece; 10] = [
    PRELUDE,
    PROXIES,
    FILES,
    SOURCES,
    PACKAGES,
    Piece::Shell(include_str!("batch.sh")),
    Piece::Shell(include_str!("task.sh")),
    Piece::Shell(include_str!("limits.sh")),
    LOCK,
    Piece::Shell(include_str!("lifecycle.sh")),
];
/// Where programs are found on a host.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const FACTS: Piece = Piece::Shell(include_str!("facts.sh"));

/// What a script must know besides its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The lab: names the folders of the run on the host.
    pub lab: LabName,
    /// The lab's user on the host; `None`: whoever logs in.
    pub user: Option<String>,
    /// Whether anything may be changed.
    pub mode: Mode,
    /// Marks the lines of this run. Unguessable, so that no program can speak in the engine's name.
    pub token: String,
    /// Who runs it, to tell those who have to wait.
    pub owner: String,
    /// The folder for state that survives a reboot: `/var/lib/labctl`.
    pub state: String,
    /// The folder for state that must not survive it: `/run/labctl`.
    pub run: String,
    /// Where programs are found.
    pub path: String,
    /// The way to the internet that the inventory asks for.
    pub proxy: Option<Proxy>,
    /// Whether to collect facts about the machine.
    pub facts: bool,
    /// Whether files of the user's that stand in the way may be put aside.
    pub take_over: bool,
}

impl Header {
    /// The header of a run on a real machine.
    pub fn new(lab: &LabName, user: Option<String>, mode: Mode, token: &str, owner: &str) -> Self {
        let (state, run) = ("/var/lib/labctl".to_owned(), "/run/labctl".to_owned());
        let path = PATH.to_owned();
        let (token, owner) = (token.to_owned(), owner.to_owned());
        let (lab, facts, take_over) = (lab.clone(), false, false);
        Self { lab, user, mode, token, owner, state, run, path, proxy: None, facts, take_over }
    }
}

/// Shell that sets some variables and then consists of these pieces.
pub fn program(variables: &[(&str, &str)], pieces: &[Piece]) -> String {
    let mut out = String::new();
    for (name, value) in variables {
        let _ = writeln!(out, "{name}={}", quote(value));
    }
    add_pieces(&mut out, &mut Vec::new(), pieces);
    out
}

/// Writes the script of some steps.
pub fn script(header: &Header, steps: &[&PlannedStep]) -> String {
    let mut out = String::with_capacity(32 * 1024);
    // The whole is one compound command: a shell runs all of it or, if it was cut, none; and no program in it can read
    // the rest of the script from standard input.
    out.push_str("(\n");
    let mode = match header.mode {
        Mode::Apply => "apply",
        Mode::Check => "check",
    };
    let user = header.user.as_deref().unwrap_or_default();
    let proxy = header.proxy.clone().unwrap_or_default();
    let variables = [
        ("token", header.token.clone()),
        ("mode", mode.to_owned()),
        ("user", user.to_owned()),
        ("owner", header.owner.clone()),
        ("state", format!("{}/{}", header.state, header.lab)),
        ("run", format!("{}/{}", header.run, header.lab)),
        ("PATH", header.path.clone()),
        ("proxy", proxy.url),
        ("proxy_except", proxy.except),
        ("facts", if header.facts { "yes" } else { "" }.to_owned()),
        ("take_over", if header.take_over { "yes" } else { "" }.to_owned()),
    ];
    out.push_str(&program(&variables.each_ref().map(|(name, value)| (*name, value.as_str())), &ENGINE));
    if header.facts {
        add_pieces(&mut out, &mut Vec::new(), &[FACTS]);
    }
    let mut written = Vec::new();
    for (verb, shell) in shells(steps) {
        let _ = writeln!(out, "\n# --- {verb}");
        add_pieces(&mut out, &mut written, shell.needs);
        add_pieces(&mut out, &mut written, &[Piece::Shell(shell.text)]);
    }
    out.push_str("\ntasks() {\n");
    if steps.iter().all(|step| step.tasks.is_empty()) {
        out.push_str(":\n"); // Shell does not allow a function without a command.
    }
    for step in steps {
        let _ = writeln!(out, "\n# step {}", step.name);
        for task in &step.tasks {
            let notify =
                task.notify.as_ref().map_or_else(|| "-".to_owned(), |handler| quote(&mark(&step.name, handler)));
            let (deadline, silence) = (task.limits.deadline.as_secs(), task.limits.silence.as_secs());
            let _ = writeln!(out, "# {}", task.task.task.replace('\n', " "));
            let _ = write!(out, "task {} {deadline} {silence} {notify} {}", task.id, task.call.shell.verb);
            for word in &task.call.words {
                let _ = write!(out, " {}", shell_word(word));
            }
            out.push('\n');
        }
    }
    out.push_str("}\n\nbegin\nsurvey\ntasks\nend\n) 2>&1 </dev/null\n");
    out
}

fn shells(steps: &[&PlannedStep]) -> BTreeMap<&'static str, Shell> {
    let used = steps.iter().flat_map(|step| &step.tasks).map(|task| task.call.shell);
    used.map(|shell| (shell.verb, shell)).collect()
}

/// A word as shell. A path under `~/` becomes the home of the lab's user, which only the host knows.
fn shell_word(word: &Word) -> String {
    match word {
        Word::Text(text) => quote(text),
        Word::User => "\"$user\"".to_owned(),
        Word::Path(path) if path == "~" => "\"$home\"".to_owned(),
        Word::Path(path) => match path.strip_prefix("~/") {
            Some(rest) => format!("\"$home\"{}", quote(&format!("/{rest}"))),
            None => quote(path),
        },
    }
}
