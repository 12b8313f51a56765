//! A few machines of the sandbox with nothing on them but ten files, taken away at the end.

use super::lab::Host;
use super::ten;
use labctl::internals::machines::{ProvidedMachine, Sandbox};
use std::path::Path;
use std::process::{Command, Stdio};

/// The folder of the files.
const FOLDER: &str = "/srv";

/// Machines; gone with the value.
pub struct Machines {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
    machines: Vec<ProvidedMachine>,
}

impl Machines {
    /// Makes so many, and the files on them.
    pub fn begin(count: usize) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let lab = format!("bten{}", std::process::id()).parse();
        let sandbox = Sandbox::new(lab.map_err(|error: labctl::internals::name::NameError| error.to_string())?);
        let mut made = Self { folder, runtime, sandbox, machines: Vec::new() };
        let names: Result<Vec<_>, _> = (1..=count).map(|n| format!("app{n}").parse()).collect();
        let names = names.map_err(|error: labctl::internals::name::NameError| error.to_string())?;
        let machines = made.runtime.block_on(made.sandbox.ensure(&names, &mut |_| {}));
        made.machines = machines.map_err(|error| error.to_string())?;
        let mut text = String::from("lab: ten\nhosts:\n");
        for ProvidedMachine { name, address, user, key, known_hosts, .. } in &made.machines {
            let (key, known) = (key.display(), known_hosts.display());
            text.push_str(&format!(
                "  {name}: {{ address: {address}, groups: [app], ssh: {{ user: {user}, key: {key}, known_hosts: {known}, config: false }} }}\n"
            ));
        }
        let write = |file: &str, text: &str| std::fs::write(made.folder.path().join(file), text);
        write("ten.yaml", &text).map_err(|error| error.to_string())?;
        std::fs::create_dir(made.folder.path().join("playbooks")).map_err(|error| error.to_string())?;
        write("playbooks/ten.yaml", &ten::book(Path::new(FOLDER))).map_err(|error| error.to_string())?;
        let first = made.step().output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&first.stderr).into_owned() + &String::from_utf8_lossy(&first.stdout);
        first.status.success().then_some(made).ok_or(said)
    }

    /// labctl, which finds the files as they should be.
    pub fn step(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labctl"));
        command.args(["step", "ten", "-q", "-i", "ten.yaml"]).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env_remove("LABCTL_INVENTORY");
        command
    }

    /// The machines, for the floor.
    pub fn hosts(&self) -> Result<Vec<Host>, String> {
        let script = ten::looks(Path::new(FOLDER))?;
        let host = |machine: &ProvidedMachine| Host {
            address: machine.address.to_string(),
            port: 22,
            user: machine.user.clone(),
            key: machine.key.clone(),
            command: "sudo -n sh -s".into(),
            script: script.clone(),
        };
        Ok(self.machines.iter().map(host).collect())
    }

    /// A folder for lists.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        let gone = self.runtime.block_on(self.sandbox.down(&mut |_| {}));
        if let Err(error) = gone {
            eprintln!("could not take the machines away: {error}");
        }
    }
}
