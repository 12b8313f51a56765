//! What was found on an application server: what pm2 runs, projects, and files of somebody else.

use serde::Deserialize;

/// An application in somebody's pm2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Whose pm2; not part of what pm2 says.
    #[serde(skip)]
    pub owner: String,
    /// The name that pm2 knows it by.
    pub name: String,
    /// pm2's number for it, from 0.
    pub id: u32,
    /// Its process; 0 for none.
    pub pid: u32,
    /// `online`, `stopped`, `errored`, `waiting restart`, `launching`, …
    pub status: String,
    /// How often pm2 has started it again.
    pub restarts: u64,
    /// How often it has ended within the last minute without being told to.
    pub died: u32,
    /// Whether it ended last without being told to.
    pub alone: bool,
    /// Whether pm2 was told not to start it again when it ends.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// What it ended with last.
    pub exit: Option<i32>,
    /// Milliseconds since its last start.
    pub since: i64,
    /// `fork_mode`, or `cluster_mode`: then the daemon itself listens, for several processes of one name.
    pub mode: String,
    /// The directory it works in.
    pub cwd: String,
    /// The program or file that pm2 starts.
    pub script: String,
    /// The arguments that it is started with.
    pub args: Vec<String>,
    /// `PORT` in its environment.
    pub port: String,
    /// `HOST` in its environment.
    pub host: String,
    /// When pm2 starts it again, as cron writes it; empty for never.
    pub cron: String,
    /// What is to run it, where that is not there.
    pub missing: String,
    /// The short name of what is to run it: `node`, `bash`, or `none` where it runs by itself.
    pub interpreter: String,
    /// The options that its interpreter is started with.
    pub options: Vec<String>,
    /// Whether labctl has started it.
    pub ours: bool,
    /// Whether pm2 starts it again when a file in its folder changes.
    pub watch: bool,
    /// With how much memory pm2 starts it again, in bytes; 0 for never.
    pub limit: u64,
    /// How often pm2 has ended it by such a rule in the last ten minutes.
    pub ended: u32,
    /// What pm2 wrote down about that last.
    pub ending: String,
    /// The last lines of its error log.
    pub errors: Vec<String>,
    /// The last lines of its output.
    pub out: Vec<String>,
}

impl Entry {
    /// Whether pm2 shares its port among several processes.
    pub fn is_cluster(&self) -> bool {
        self.mode == "cluster_mode"
    }

    /// Whether pm2 runs it now, or tries to.
    pub fn is_on(&self) -> bool {
        !matches!(self.status.as_str(), "stopped" | "stopping")
    }

    /// Whether it is started as a project of Node.js is: `npm start`, `npm run start`, `yarn start`.
    pub fn is_start(&self) -> bool {
        let manager = self.script.contains("npm") || self.script.contains("yarn");
        let mut words = self.args.iter().map(String::as_str).filter(|word| !word.starts_with('-') && *word != "run");
        manager && words.next() == Some("start")
    }

    /// What is started, as a person would say it: `npm start`, `index.js`.
    pub fn program(&self) -> String {
        let script = self.script.rsplit('/').next().unwrap_or_default();
        let words = std::iter::once(script).chain(self.args.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ").replace("npm-cli.js", "npm")
    }
}

/// A project of Node.js on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The folder of the checkout, by its full path.
    pub folder: String,
    /// Whether it has a `node_modules`.
    pub modules: bool,
    /// Whether its package.json names packages that it needs.
    pub needs: bool,
    /// Whose the folder is.
    pub owner: String,
    /// What `npm start` does in it; empty if there is no such script.
    pub start: String,
}

impl Checkout {
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let (folder, flags) = (parts.next()?.to_owned(), parts.next()?);
        let (modules, needs) = (flags.contains('m'), flags.contains('d'));
        let mut text = || parts.next().unwrap_or_default().to_owned();
        Some(Self { folder, modules, needs, owner: text(), start: text() })
    }
}

/// A unit of systemd that somebody has written on a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its full name: `web-app.service`.
    pub name: String,
    /// `active`, `activating`, `inactive`, `failed`.
    pub active: String,
    /// Whether it starts at boot, in systemd's words: `enabled`, `disabled`, `masked`, …
    pub state: String,
    /// What its program ended with; from 200 on, what systemd could not do before it began.
    pub status: u32,
    /// Whose its program is to be.
    pub user: String,
    /// The folder that it works in.
    pub folder: String,
    /// The unit's file, by its full path.
    pub file: String,
    /// The command of its `ExecStart`.
    pub command: String,
}

impl Unit {
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut text = || parts.next();
        let (name, active, state) = (text()?, text()?, text()?);
        let status = text()?.parse().unwrap_or(0);
        let (user, folder, file, command) = (text()?, text()?, text()?, text()?);
        Some(Self { name, active, state, status, user, folder, file, command })
    }

    /// The short name of its program.
    pub fn program(&self) -> &str {
        self.command.split(' ').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default()
    }
}

/// Something in a user's folder that is not theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The project, or the folder of a pm2.
    pub folder: String,
    /// The first such thing in it.
    pub path: String,
    /// The user that owns it now.
    pub is: String,
    /// Whose it should be.
    pub should: String,
}

impl Foreign {
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t').map(str::to_owned);
        Some(Self { folder: parts.next()?, path: parts.next()?, is: parts.next()?, should: parts.next()? })
    }
}
