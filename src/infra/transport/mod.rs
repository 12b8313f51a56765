//! The only seam between labctl and the world: runs one command on a host and reads its output.
//! It knows nothing about playbooks, progress or terminals.

mod command;
mod either;
pub mod http;
mod known_hosts;
mod lines;
#[cfg(unix)]
mod local;
#[cfg(not(unix))]
#[path = "no_local.rs"]
mod local;
mod login;
pub mod names;
mod open_files;
mod output_listener;
mod pool;
mod secrets;
pub mod serve;
mod ssh;

use command::shell_command;
pub use command::{WINDOWS_FOLDERS, std_command};
pub use either::Either;
pub use known_hosts::{Changing, HostKeyVerdict, Key, KnownHosts, replace};
pub use local::{Local, LocalSession};
pub use login::login;
pub use open_files::max_open_hosts;
pub use pool::Pool;
pub use secrets::{Secrets, no_core_dumps};
pub use ssh::{ConfigAnswer, Person, Shown, Ssh, SshDefaults, SshSession, agent_keys, keys_beside, public_half};

use crate::config::inventory::Host;
use crate::model::name::HostName;
use crate::model::secret::Secret;
use crate::model::unreachable::{Lost, Unreachable};
use crate::model::visitor::Indirect;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Opens sessions on hosts.
pub trait Transport: Send + Sync + 'static {
    /// The login that [`Transport::open`] returns.
    type Session: Session;
    /// Logs in. The session is kept for the whole run: look, payloads and apply share one connection.
    fn open(&self, host: &Host) -> impl Future<Output = Result<Self::Session, Unreachable>> + Send;

    /// The keys that were seen for the first time on the way to a host, and were not reported yet.
    fn pinned(&self, _host: &HostName) -> Vec<Pinned> {
        Vec::new()
    }

    /// Why the login says nothing of whether this computer can reach the other ports of a host; `None` if it goes straight there.
    fn indirect(&self, _host: &Host) -> impl Future<Output = Option<Indirect>> + Send {
        std::future::ready(None)
    }
}

/// A host key that was seen for the first time and is now trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The host whose key it is: `user@host:port`.
    pub endpoint: String,
    /// Its kind and fingerprint, as `ssh-keygen -l` shows them: `ED25519 SHA256:…`.
    pub key: String,
    /// The file that remembers it.
    pub file: PathBuf,
}

/// A login on a host.
pub trait Session: Send + Sync + 'static {
    /// Runs `exec`, handing on every line as it comes, until `on_line` says [`Listening::Done`], the command ends, or `cancel` fires.
    /// Several runs may be under way on one session at once (an upload beside a script).
    fn run(
        &self,
        exec: Exec,
        on_line: &mut (dyn FnMut(&[u8]) -> Listening + Send),
        cancel: &CancellationToken,
    ) -> impl Future<Output = Result<Ended, Lost>> + Send;
}

/// One command for a host.
#[derive(Debug, Clone)]
pub struct Exec {
    /// A POSIX command line for the login shell, short and without secrets: it shows in `ps`.
    pub command: String,
    /// A password that goes first on standard input. What follows is sent only when the line `token` has come back, and
    /// begins with that line: so it can never be taken for the password, and where nobody asked for the password, that
    /// can be told from it.
    pub password: Option<Password>,
    /// What goes to standard input, which is then closed.
    pub input: Input,
}

/// A password, and the line that says that it was taken.
#[derive(Debug, Clone)]
pub struct Password {
    /// The password, without a line end.
    pub secret: Secret,
    /// A line that only the program behind the password can print.
    pub token: String,
}

/// Standard input of a command.
#[derive(Debug, Clone)]
pub enum Input {
    /// A text in memory: a script.
    Text(Arc<str>),
    /// A file of the controller, streamed.
    File(PathBuf),
    /// No input: standard input is closed at once.
    Empty,
}

/// Whether a listener wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listening {
    /// Keep reading: the listener wants the next line.
    More,
    /// Heard enough: close without waiting for the end (a daemon may hold standard output open for ever).
    Done,
}

/// How a command came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The listener wanted no more.
    ListenerDone,
    /// It left with this status.
    Status(u32),
    /// A signal ended it, such as `KILL`.
    Signal(String),
    /// It was cancelled: asked to stop, and after a while killed.
    Cancelled,
}
