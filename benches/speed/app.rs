//! An application whose repository grows by a commit for each run.

use super::lab::Lab;
use super::measure::Way;
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository, on this computer.
pub struct App {
    /// Its folder.
    pub folder: PathBuf,
    /// What the next random byte is made from.
    seed: Cell<u64>,
}

impl App {
    /// The demo application under version control.
    pub fn begin(lab: &Lab, name: &str) -> Result<Self, String> {
        let folder = lab.path(name);
        let app = Self { folder, seed: Cell::new(0x9e37_79b9_7f4a_7c15) };
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
        done(Command::new("cp").arg("-r").arg(demo).arg(&app.folder))?;
        app.git(&["init", "-q", "-b", "main"])?;
        app.commit()?;
        Ok(app)
    }

    /// Commits a file of so many bytes that cannot be made smaller, and gives them.
    pub fn grow(&self, bytes: usize) -> Result<Vec<u8>, String> {
        let content = self.random(bytes);
        fs::write(self.folder.join("big"), &content).map_err(|error| error.to_string())?;
        self.commit()?;
        Ok(content)
    }

    /// So many bytes that cannot be made smaller.
    pub fn random(&self, bytes: usize) -> Vec<u8> {
        let mut content = Vec::with_capacity(bytes + 8);
        let mut word = self.seed.get();
        while content.len() < bytes {
            // Marsaglia, "Xorshift RNGs" (2003).
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            content.extend(word.to_le_bytes());
        }
        self.seed.set(word);
        content
    }

    fn commit(&self) -> Result<(), String> {
        self.git(&["add", "-A"])?;
        self.git(&["-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-q", "-m", "more"])
    }

    fn git(&self, words: &[&str]) -> Result<(), String> {
        done(Command::new("git").arg("-C").arg(&self.folder).args(words))
    }

    /// `git push` into a bare repository on each app server, at once: what somebody would do who has no labctl.
    pub fn pushed_by_hand(&self, lab: &Lab) -> Result<Way, String> {
        let ssh = format!(
            "ssh -F /dev/null -i {} -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR -o StrictHostKeyChecking=no \
             -o UserKnownHostsFile=/dev/null",
            lab.key().display()
        );
        let name = self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut line = String::new();
        for host in &lab.hosts()[1..] {
            let there = format!("{}@{}", host.user, host.address);
            done(Command::new("sh").args(["-c", &format!("{ssh} {there} git init -q --bare {name}.git")]))?;
            line.push_str(&format!("git push -q {there}:{name}.git main & "));
        }
        line.push_str("wait");
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(&self.folder).env("GIT_SSH_COMMAND", ssh);
        Ok(Way::new("`git push` by hand", command))
    }
}

fn done(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {said}"))
}
