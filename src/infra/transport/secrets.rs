//! Reads passwords and passphrases from where the inventory says, once per run.

use super::shell_command;
use crate::config::inventory::SecretSource;
use crate::model::secret::Secret;
use crate::model::unreachable::{NoSecret, SecretFailure, SecretUse};
use crate::model::userinfo;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// Somebody may have to unlock a store of passwords first.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest secret in bytes. A buffer of this size never grows, which would leave a copy in memory.
const LONGEST: usize = 64 << 10;

/// Shorter secrets are not masked: they are part of too many ordinary words.
const SHORTEST: usize = 4;

/// Where a secret is; and what it is for, if a person is asked.
type SecretKey = (SecretSource, Option<SecretUse>);

/// The secrets of a run. Cheap to share: hold it in an `Arc`.
#[derive(Debug)]
pub struct Secrets {
    base: PathBuf,
    home: Option<PathBuf>,
    /// Held while a person is asked, so that two prompts never share the terminal.
    known: Mutex<BTreeMap<SecretKey, Result<Secret, NoSecret>>>,
    /// Those that were read, for [`Secrets::mask`], which waits for nobody.
    read: std::sync::Mutex<Vec<Secret>>,
}

impl Secrets {
    /// Relative files are relative to `base`, and `~` is `home`.
    pub fn new(base: impl Into<PathBuf>, home: Option<PathBuf>) -> Self {
        Self { base: base.into(), home, known: Mutex::default(), read: std::sync::Mutex::default() }
    }

    /// Returns a secret. `what` is what the person is asked for: a prompt for the same is shown once in a run, and its
    /// answer serves all hosts.
    ///
    /// # Errors
    /// It is not where the inventory says, or nobody gave it.
    pub async fn get(&self, source: &SecretSource, what: &SecretUse) -> Result<Secret, NoSecret> {
        let asked = matches!(source, SecretSource::Prompt).then(|| what.clone());
        let mut known = self.known.lock().await;
        if let Some(answer) = known.get(&(source.clone(), asked.clone())) {
            return answer.clone();
        }
        let answer = match source {
            SecretSource::Env(name) => from_env(name),
            SecretSource::File(file) => {
                let file = resolve_path(&self.base, self.home.as_deref(), file);
                off_thread(move || from_file(&file)).await
            }
            SecretSource::Command(line) => from_command(line, &self.base).await,
            SecretSource::Prompt => {
                let prompt = format!("{what}: ");
                off_thread(move || ask(&prompt)).await
            }
        };
        let answer = answer.map_err(|why| NoSecret { what: what.clone(), why });
        known.insert((source.clone(), asked), answer.clone());
        if let Ok(secret) = &answer {
            self.read.lock().unwrap_or_else(PoisonError::into_inner).push(secret.clone());
        }
        answer
    }

    /// Puts `***` in place of every secret of this run, and of passwords in URLs: a machine that prints one must not bring it into a recording.
    pub fn mask(&self, text: &mut String) {
        userinfo::mask(text);
        for secret in self.read.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if secret.reveal().len() >= SHORTEST && text.contains(secret.reveal()) {
                *text = text.replace(secret.reveal(), "***");
            }
        }
    }
}

type Reading = Result<Secret, SecretFailure>;

async fn off_thread(read: impl FnOnce() -> Reading + Send + 'static) -> Reading {
    tokio::task::spawn_blocking(read).await.unwrap_or(Err(SecretFailure::Stopping))
}

fn from_env(name: &str) -> Reading {
    let name = name.to_owned();
    match std::env::var(&name) {
        Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
        Ok(_) => Err(SecretFailure::VariableEmpty { name }),
        Err(std::env::VarError::NotPresent) => Err(SecretFailure::VariableMissing { name }),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretFailure::VariableNotText { name }),
    }
}

fn from_file(path: &Path) -> Reading {
    let file = path.display().to_string();
    let bad = |error: io::Error| SecretFailure::FileUnreadable { file: file.clone(), error: error.to_string() };
    let mut open = std::fs::File::open(path).map_err(bad)?;
    // Of the open file: what is looked at is what is read.
    if let Some(mode) = for_others(&open.metadata().map_err(bad)?) {
        return Err(SecretFailure::FileOpen { file, mode });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST));
    open.by_ref().take(LONGEST as u64).read_to_end(&mut text).map_err(bad)?;
    first_line(&text).ok_or(SecretFailure::FileEmpty { file })
}

/// The permissions of a file that others than its owner can read or change.
#[cfg(unix)]
fn for_others(of: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = of.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Windows has other permissions, and a home folder there is the user's own.
#[cfg(not(unix))]
fn for_others(_of: &std::fs::Metadata) -> Option<u32> {
    None
}

fn first_line(bytes: &[u8]) -> Option<Secret> {
    let line = str::from_utf8(bytes).ok()?.lines().next()?;
    (!line.is_empty()).then(|| Secret::new(line))
}

/// What it says on standard error is for the person: a store of passwords may ask to be unlocked. The line itself is told to
/// nobody: somebody may have written a secret into it.
async fn from_command(line: &str, base: &Path) -> Reading {
    let mut command = Command::from(shell_command(line));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    if !base.as_os_str().is_empty() {
        command.current_dir(base);
    }
    let asked = async {
        let mut child = command.spawn()?;
        let mut text = Zeroizing::new(Vec::with_capacity(LONGEST));
        if let Some(out) = child.stdout.take() {
            out.take(LONGEST as u64).read_to_end(&mut text).await?;
        }
        io::Result::Ok((child.wait().await?, text))
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Err(_) => Err(SecretFailure::CommandTimeout { seconds: PATIENCE.as_secs() }),
        Ok(Err(error)) => Err(SecretFailure::CommandNotRun { error: error.to_string() }),
        Ok(Ok((status, _))) if !status.success() => Err(SecretFailure::CommandFailed { status: status.to_string() }),
        Ok(Ok((_, text))) => first_line(&text).ok_or(SecretFailure::CommandEmpty),
    }
}

fn ask(prompt: &str) -> Reading {
    match rpassword::prompt_password(prompt) {
        Ok(value) => Ok(Secret::new(value)),
        Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(SecretFailure::NotGiven),
        Err(_) => Err(SecretFailure::NoTerminal),
    }
}

/// Lets the kernel write no memory of this process to a disk, and other processes of the same user not look into it.
#[cfg(target_os = "linux")]
pub fn no_core_dumps() {
    // A kernel that refuses is not a reason to stop.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Elsewhere there is no such call without `unsafe`.
#[cfg(not(target_os = "linux"))]
pub fn no_core_dumps() {}

/// Where a path of the inventory leads: `~/` is the home folder, and a relative one starts at `base`.
pub(crate) fn resolve_path(base: &Path, home: Option<&Path>, path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        // In pieces, so that Windows gets its own separators.
        (Ok(rest), Some(home)) => home.join(rest.components().collect::<PathBuf>()),
        _ => base.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password() -> SecretUse {
        SecretUse::Password { user: "me".into() }
    }

    #[tokio::test]
    async fn a_file_gives_its_first_line_and_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass");
        std::fs::write(&file, "s3cret word\r\nmore\n").unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let secrets = Secrets::new(folder.path(), None);
        let source = SecretSource::File("pass".into());
        assert_eq!(secrets.get(&source, &password()).await.unwrap().reveal(), "s3cret word");
        std::fs::remove_file(&file).unwrap();
        assert!(secrets.get(&source, &SecretUse::SudoPassword { host: "web".into() }).await.is_ok());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass");
        std::fs::write(&file, "s3cret word\n").unwrap();
        for (mode, taken) in
            [(0o644, false), (0o640, false), (0o620, false), (0o604, false), (0o600, true), (0o400, true)]
        {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            let answer = Secrets::new(folder.path(), None).get(&SecretSource::File("pass".into()), &password()).await;
            assert_eq!(answer.is_ok(), taken, "{mode:o}");
            if let Err(error) = answer {
                let file = file.display().to_string();
                assert_eq!(error.why, SecretFailure::FileOpen { file, mode });
            }
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_prints_a_secret_once_and_sees_no_other() {
        let folder = tempfile::tempdir().unwrap();
        crate::model::secret::hide_variable("CARGO_MANIFEST_DIR");
        let secrets = Secrets::new(folder.path(), None);
        let source = |line: &str| SecretSource::Command(line.into());
        // The variable stands in for one that holds a secret: it is set for the test, and must not be for the child.
        let line = source("echo x >> runs; echo \"word${CARGO_MANIFEST_DIR-}\"; echo more");
        for _ in 0..2 {
            assert_eq!(secrets.get(&line, &password()).await.unwrap().reveal(), "word");
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("runs")).unwrap(), "x\n");
        for (line, why) in [
            ("echo hush; exit 3", SecretFailure::CommandFailed { status: "exit status: 3".into() }),
            ("true", SecretFailure::CommandEmpty),
            ("echo", SecretFailure::CommandEmpty),
        ] {
            let error = secrets.get(&source(line), &password()).await.unwrap_err();
            assert_eq!(error, NoSecret { what: password(), why });
        }
    }

    #[cfg(windows)]
    #[tokio::test]
    async fn a_command_reaches_cmd_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let spaced = folder.path().join("my passwords");
        std::fs::create_dir(&spaced).unwrap();
        // `%~1` is the first argument, without its quotes.
        std::fs::write(spaced.join("show me.bat"), "@echo off\r\necho [%~1] [%~2]\r\n").unwrap();
        let secrets = Secrets::new(folder.path(), None);
        for (line, word) in [
            ("echo word", "word"),
            ("echo \"two words\"", "\"two words\""),
            ("\"my passwords\\show me.bat\" \"two words\" three", "[two words] [three]"),
            ("cd \"my passwords\" && \"show me.bat\" a", "[a] []"),
        ] {
            let got = secrets.get(&SecretSource::Command(line.into()), &password()).await;
            assert_eq!(got.as_ref().map(Secret::reveal), Ok(word), "{line}");
        }
        let failed = secrets.get(&SecretSource::Command("exit 3".into()), &password()).await.unwrap_err();
        assert_eq!(failed.why, SecretFailure::CommandFailed { status: "exit code: 3".into() });
    }

    #[tokio::test]
    async fn what_was_read_is_masked() {
        let secrets = Secrets::new("/", None);
        for line in ["echo open sesame", "echo abc", "exit 1"] {
            let _ = secrets.get(&SecretSource::Command(line.into()), &password()).await;
        }
        let mut text = "abc: open sesame, open sesam, xopen sesamex".to_owned();
        secrets.mask(&mut text);
        assert_eq!(text, "abc: ***, open sesam, x***x");
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let secrets = Secrets::new("/nowhere", None);
        let env = secrets.get(&SecretSource::Env("LABCTL_NO_SUCH_WORD".into()), &password()).await.unwrap_err();
        assert_eq!(env.why, SecretFailure::VariableMissing { name: "LABCTL_NO_SUCH_WORD".into() });
        let error = secrets.get(&SecretSource::File("x".into()), &password()).await.unwrap_err();
        assert!(matches!(&error.why, SecretFailure::FileUnreadable { file, .. } if file.ends_with("x")), "{error:?}");
    }

    #[test]
    fn paths_lead_where_people_expect() {
        let home = Some(Path::new("/home/me"));
        let at = |path: &str| resolve_path(Path::new("/lab"), home, Path::new(path));
        assert_eq!(at("~/k"), Path::new("/home/me/k"));
        assert_eq!(at("k"), Path::new("/lab/k"));
        assert_eq!(at("/k"), Path::new("/k"));
        assert_eq!(at("~other/k"), Path::new("/lab/~other/k"));
    }
}
