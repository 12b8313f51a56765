//! Reads passwords and passphrases from where the inventory says, once per run.

use crate::inventory::SecretSource;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// The secrets of a run. Cheap to share: hold it in an `Arc`.
#[derive(Debug)]
pub struct Secrets {
    base: PathBuf,
    home: Option<PathBuf>,
    /// Held while a person is asked, so that two prompts never share the terminal.
    known: Mutex<BTreeMap<(SecretSource, String), Result<Secret, String>>>,
}

impl Secrets {
    /// Relative files are relative to `base`, and `~` is `home`.
    pub fn new(base: impl Into<PathBuf>, home: Option<PathBuf>) -> Self {
        Self { base: base.into(), home, known: Mutex::default() }
    }

    /// Gives a secret. `what` is what the person is asked for, such as `password of student`: a prompt with the same
    /// words is shown once in a run, and its answer serves all hosts. Errors say what to do.
    pub async fn get(&self, source: &SecretSource, what: &str) -> Result<Secret, String> {
        let asked = if matches!(source, SecretSource::Prompt) { what } else { "" };
        let mut known = self.known.lock().await;
        if let Some(answer) = known.get(&(source.clone(), asked.into())) {
            return answer.clone();
        }
        let answer = match source {
            SecretSource::Env(name) => from_env(name, what),
            SecretSource::File(file) => {
                let file = place(&self.base, self.home.as_deref(), file);
                off_thread(what.into(), move |what| from_file(&file, what)).await
            }
            SecretSource::Prompt => off_thread(what.into(), ask).await,
        };
        known.insert((source.clone(), asked.into()), answer.clone());
        answer
    }
}

async fn off_thread(
    what: String,
    read: impl FnOnce(&str) -> Result<Secret, String> + Send + 'static,
) -> Result<Secret, String> {
    let task = tokio::task::spawn_blocking(move || read(&what));
    task.await.unwrap_or_else(|_| Err("labctl is being stopped".into()))
}

fn from_env(name: &str, what: &str) -> Result<Secret, String> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
        Ok(_) => Err(format!("the environment variable {name}, which holds the {what}, is empty")),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("the environment variable {name}, which should hold the {what}, is not set"))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the environment variable {name} is not UTF-8")),
    }
}

fn from_file(file: &Path, what: &str) -> Result<Secret, String> {
    let text =
        std::fs::read_to_string(file).map_err(|e| format!("cannot read the {what} from {}: {e}", file.display()))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(format!("the first line of {}, which should hold the {what}, is empty", file.display())),
    }
}

fn ask(what: &str) -> Result<Secret, String> {
    match rpassword::prompt_password(format!("{what}: ")) {
        Ok(value) => Ok(Secret::new(value)),
        Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(format!("the {what} was not given")),
        Err(_) => Err(format!(
            "cannot ask for the {what}: there is no terminal (name a place in the inventory instead: `{{ env: NAME }}` or `{{ file: PATH }}`)"
        )),
    }
}

/// Where a path of the inventory leads: `~/` is the home folder, and a relative one starts at `base`.
pub(crate) fn place(base: &Path, home: Option<&Path>, path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => base.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_gives_its_first_line_and_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass");
        std::fs::write(&file, "s3cret word\r\nmore\n").unwrap();
        let secrets = Secrets::new(folder.path(), None);
        let source = SecretSource::File("pass".into());
        assert_eq!(secrets.get(&source, "password").await.unwrap().reveal(), "s3cret word");
        std::fs::remove_file(&file).unwrap();
        assert!(secrets.get(&source, "sudo password").await.is_ok());
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let secrets = Secrets::new("/nowhere", None);
        let env = secrets.get(&SecretSource::Env("LABCTL_NO_SUCH_WORD".into()), "password of me").await.unwrap_err();
        assert!(env.contains("LABCTL_NO_SUCH_WORD") && env.contains("password of me"), "{env}");
        let file = secrets.get(&SecretSource::File("x".into()), "password").await.unwrap_err();
        assert!(file.contains("/nowhere/x"), "{file}");
    }

    #[test]
    fn paths_lead_where_people_expect() {
        let home = Some(Path::new("/home/me"));
        let at = |path: &str| place(Path::new("/lab"), home, Path::new(path));
        assert_eq!(at("~/k"), Path::new("/home/me/k"));
        assert_eq!(at("k"), Path::new("/lab/k"));
        assert_eq!(at("/k"), Path::new("/k"));
        assert_eq!(at("~other/k"), Path::new("/lab/~other/k"));
    }
}
