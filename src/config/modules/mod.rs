//! The vocabulary of playbooks. Each module is one Rust file (what a task says, checked and typed) and one shell file
//! (how a host sees it and makes it so).
//!
//! # The hooks of a module
//!
//! The shell file of a module with the verb `x` defines these functions. The engine (`planning/script/task.sh` and `batch.sh`) calls
//! each of them with the words of one task.
//!
//! | Hook | When | What it must do |
//! |---|---|---|
//! | `check_x` | Before a change, and again after it | End with 0 if the state holds, with 9 (`cannot_tell`) if that cannot be known yet, because an earlier task has not made what it rests on; with anything else if it does not hold. Change nothing. |
//! | `apply_x` | In a run that may change things, when the check did not end with 0 | Make the state hold, or end with another code than 0. What it prints explains a failure. |
//! | `diff_x`, optional | When the state does not hold and the check did not end with 9; before `apply_x`, and in check mode | Print what would change, at best as a unified diff, 256 KiB at most. Its exit code means nothing. |
//! | `ask_x`, optional | Once for each task, before the first of them begins (the survey) | Say what to look at for all tasks at once (`ask PATH MODE OWNER`, `ask_packages NAME…`), or begin what takes long (`ahead COMMAND…`: the check waits for it). Print nothing, and start no program itself. |
//! | `known_x`, optional | In place of `check_x`, as long as no task has changed anything since the survey | End with 0 if the survey has shown that the state holds (`known_stat`, `known_sum`, `known_package`). Otherwise `check_x` decides. Print nothing, and start no program. |
//!
//! * `check_x`, `diff_x` and `apply_x` run in a subshell each: nothing that they set outlives them. `ask_x` and `known_x` run in the
//!   engine's own shell, and prefix their variables with the verb.
//! * `apply_x` runs under `set -e`, with `acting=yes`, for at most the limits of the task, and gets TERM when they are over; `EXIT` is
//!   its own to trap. A check has a minute. Standard input is empty.
//! * An `apply_x` that ends with 0 is believed only if `check_x` then ends with 0, too. `$phase` tells a check which
//!   of the two it is: `before` or `after`.
//! * To the report: `note TEXT` (a remark), `need PAYLOAD HAVE` (what the controller is to send, and what is there already), `fact KEY
//!   VALUE` (only for whoever asks how the machine is), `proof KEY VALUE`, `only_waited` (a change that changed nothing), `fail TEXT`.
//! * To be read: `$user` (the lab's) and `$home`, `$mode` (check or apply), `$work` (a folder of this run, root's alone), `$state` (a
//!   folder that survives a boot), `$payloads` (what the controller has sent), `$hardware`, `$newline`.
//! * Files and commands as somebody: `as`, `put`, `contents`, `parents`, `give` (`planning/script/files.sh`). Packages: `apt_get`,
//!   `package_version`, `version_in` (`packages.sh`).

mod answers;
mod apt;
mod args;
mod command;
mod diagnostics;
mod directives;
mod file;
mod folder;
mod git;
mod handler;
mod hosts_entries;
mod http;
mod line;
mod manual_step;
mod nginx;
mod node;
mod npm;
mod overlay;
mod pm2;
mod rotation;
mod service;
mod shell;
mod update;
mod user;

pub use answers::MODULE as ANSWERS;
pub use args::Args;
pub use command::MODULE as COMMAND;
pub use diagnostics::MODULE as DIAGNOSTICS;
pub use directives::SiteConfig;
pub use handler::{MODULE as HANDLER, call as handler_call, mark as handler_mark};
pub use hosts_entries::MODULE as HOSTS_ENTRIES;
pub use manual_step::{ManualStep, Operator, Purpose};
pub use rotation::{Turns, call as rotation_call, limits as rotation_limits};
pub(crate) use shell::add as add_pieces;
pub use shell::{Piece, Shell};

use crate::config::payload::Payload;
use crate::config::scope::Rendered;
use crate::config::shape::Shape;
use crate::config::yaml::Node;
use crate::model::event::Component;
use crate::model::problem::Problem;
use crate::model::site::Site;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A kind of state that a task can ask for.
#[derive(Debug)]
pub struct Module {
    /// Its key in a playbook.
    pub name: &'static str,
    /// The state it ensures, in a sentence.
    pub doc: &'static str,
    /// A task as a playbook would hold it.
    pub example: &'static str,
    /// The shape of the value under its key.
    pub shape: Shape,
    /// The shell behind it.
    pub shell: Shell,
    /// How long a task may run, and stay silent, unless the playbook says otherwise.
    pub limits: Limits,
    /// The label of a task without a name in reports.
    pub label: fn(&Node) -> String,
    /// The call that sees and makes the state on one host.
    pub call: fn(&Args<'_>) -> Result<Call, Box<Problem>>,
    /// What a person would type for that call.
    pub by_hand: fn(&Call, &Operator) -> Vec<ManualStep>,
}

/// Limits of one task on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest time from start to end.
    pub deadline: Duration,
    /// The longest time between two lines of output.
    pub silence: Duration,
}

impl Limits {
    /// Limits in seconds: for the whole task, and for the time without output.
    pub const fn seconds(deadline: u64, silence: u64) -> Self {
        Self { deadline: Duration::from_secs(deadline), silence: Duration::from_secs(silence) }
    }

    /// For tasks that only touch files: a minute.
    pub const SHORT: Self = Self::seconds(60, 60);
    /// For tasks that download: 30 minutes in all, 10 minutes without output.
    pub const LONG: Self = Self::seconds(1800, 600);
}

/// One line of a host's script: a verb and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The shell it calls.
    pub shell: Shell,
    /// What follows the verb.
    pub words: Vec<Word>,
    /// Files among the words that were made from templates, to explain what a program says about their lines.
    pub rendered: Vec<(String, Rendered)>,
    /// What the host may ask for.
    pub payloads: Vec<Payload>,
    /// The sites that it configures or asks.
    pub sites: Vec<Site>,
}

impl Call {
    /// A call with these words and nothing else.
    pub fn new(shell: Shell, words: impl IntoIterator<Item = Word>) -> Self {
        Self {
            shell,
            words: words.into_iter().collect(),
            rendered: Vec::new(),
            payloads: Vec::new(),
            sites: Vec::new(),
        }
    }
}

/// A word of a [`Call`]. Only the script writer turns it into shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A literal text, quoted as it is.
    Text(String),
    /// A path, in which a leading `~/` is the home of the lab's user on the host.
    Path(String),
    /// The lab's user on the host.
    User,
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Every module a playbook can name, in the order of the documentation.
pub const MODULES: &[&Module] = &[
    &update::MODULE,
    &apt::MODULE,
    &file::FILE,
    &file::TEMPLATE,
    &folder::MODULE,
    &line::LINE,
    &line::BLOCK,
    &service::MODULE,
    &user::MODULE,
    &command::MODULE,
    &git::MODULE,
    &overlay::MODULE,
    &node::MODULE,
    &npm::MODULE,
    &npm::GLOBAL,
    &pm2::BOOT,
    &pm2::MODULE,
    &nginx::MODULE,
    &http::MODULE,
    &answers::MODULE,
    &hosts_entries::MODULE,
];

/// The module of that name.
pub fn named(name: &str) -> Option<&'static Module> {
    MODULES.iter().copied().find(|module| module.name == name)
}

impl Module {
    /// Whether a task of it can be done on a machine: it has shell.
    pub fn is_for_machines(&self) -> bool {
        !self.shell.text.is_empty()
    }

    /// Whether a task of it can be done by this computer itself.
    pub fn is_for_controller(&self) -> bool {
        [hosts_entries::MODULE.name, answers::MODULE.name].contains(&self.name)
    }
}

/// What a person would type for a call of any module.
pub fn by_hand(call: &Call, typist: &Operator) -> Vec<ManualStep> {
    let module = MODULES.iter().copied().chain([&HANDLER]).find(|module| module.shell.verb == call.shell.verb);
    module.map_or_else(Vec::new, |module| (module.by_hand)(call, typist))
}

/// The component of the lab that a task of a module makes or proves.
pub fn component(module: &Module, args: &Node) -> Option<Component> {
    let own = [
        (&nginx::MODULE, Component::Sites),
        (&node::MODULE, Component::Runtime),
        (&pm2::MODULE, Component::Application),
        (&answers::MODULE, Component::Answers),
        (&hosts_entries::MODULE, Component::Names),
    ];
    let web_server = module.name == service::MODULE.name && written(args, "name") == "nginx";
    let of = own.iter().find(|(of, _)| of.name == module.name).map(|(_, component)| *component);
    of.or(web_server.then_some(Component::WebServer))
}

/// A checksum as a host's sha256sum prints it.
fn checksum(hasher: Sha256) -> String {
    hex::encode(hasher.finalize())
}

/// The text of a field as written, for labels.
fn written<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}
