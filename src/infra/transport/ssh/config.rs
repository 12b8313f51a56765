//! Asks the system's `ssh -G` what the person's SSH configuration says of a host: nobody else reads it exactly.

use super::super::std_command;
use crate::config::inventory::SshConfig;
use crate::model::unreachable::{SetupFailure, SshConfigFailure, Unreachable};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// `Match exec` may run anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an SSH configuration says of a host. Defaults of `ssh` are among it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedConfig {
    pub(super) hostname: Option<String>,
    pub(super) user: Option<String>,
    pub(super) port: Option<u16>,
    /// Files that the configuration names; empty where `ssh` would only try its defaults.
    pub(super) identities: Vec<String>,
    pub(super) identities_only: bool,
    pub(super) jump: Option<String>,
}

impl ResolvedConfig {
    /// Reads what `ssh -G` prints.
    pub fn parse(text: &str) -> Self {
        let mut answer = Self::default();
        for line in text.lines() {
            let Some((word, value)) = line.split_once(' ') else { continue };
            let value = value.trim();
            match word {
                "hostname" => answer.hostname = Some(value.into()),
                "user" => answer.user = Some(value.into()),
                "port" => answer.port = value.parse().ok(),
                "identityfile" => answer.identities.push(value.into()),
                "identitiesonly" => answer.identities_only = value == "yes",
                "proxyjump" if value != "none" => answer.jump = Some(value.into()),
                _ => {}
            }
        }
        if defaults(&answer.identities) {
            answer.identities.clear();
        }
        answer
    }
}

/// What is asked. User and port matter for `Match`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) address: String,
    pub(super) user: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) file: Option<PathBuf>,
}

/// Remembers answers for the run.
#[derive(Debug, Default)]
pub(super) struct ConfigAnswers {
    known: Mutex<HashMap<Question, Arc<OnceCell<ResolvedConfig>>>>,
}

impl ConfigAnswers {
    /// Asks, or gives what was answered before. `home` is where the person's own configuration would be.
    pub(super) async fn ask(
        &self,
        question: Question,
        which: &SshConfig,
        home: Option<&Path>,
    ) -> Result<ResolvedConfig, Unreachable> {
        match which {
            SshConfig::Ignore => return Ok(ResolvedConfig::default()),
            SshConfig::Default if !home.is_some_and(|home| home.join(".ssh/config").is_file()) => {
                return Ok(ResolvedConfig::default());
            }
            _ => {}
        }
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(question.clone()).or_default().clone()
        };
        cell.get_or_try_init(|| run(&question)).await.cloned()
    }
}

async fn run(question: &Question) -> Result<ResolvedConfig, Unreachable> {
    let mut command = Command::from(std_command("ssh"));
    command.args(["-T", "-G"]);
    if let Some(file) = &question.file {
        command.arg("-F").arg(file);
    }
    if let Some(user) = &question.user {
        command.args(["-l", user]);
    }
    if let Some(port) = question.port {
        command.args(["-p", &port.to_string()]);
    }
    command.args(["--", &question.address]).stdin(Stdio::null()).kill_on_drop(true);
    let failed = |why| Err(SetupFailure::SshConfig { address: question.address.clone(), why }.into());
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Err(_) => return failed(SshConfigFailure::Timeout { seconds: PATIENCE.as_secs() }),
        Ok(Err(e)) if e.kind() == ErrorKind::NotFound && question.file.is_none() => {
            return Ok(ResolvedConfig::default());
        }
        Ok(Err(e)) => return failed(SshConfigFailure::NotRun { error: e.to_string() }),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr);
        let output = output.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
        return failed(SshConfigFailure::Failed { output });
    }
    Ok(ResolvedConfig::parse(&String::from_utf8_lossy(&output.stdout)))
}

/// Whether these are the files that `ssh` tries when nobody has named one.
fn defaults(files: &[String]) -> bool {
    let usual = |file: &String| file.strip_prefix("~/.ssh/id_").is_some_and(|rest| !rest.contains(['/', '%']));
    files.len() > 2 && files.iter().all(usual) && files.iter().any(|file| file == "~/.ssh/id_rsa")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let text = "host web\nuser student\nhostname 10.0.0.7\nport 2222\nidentitiesonly yes\n\
                    identityfile ~/.ssh/lab key\nidentityfile %d/other\nproxyjump me@gate:2200,inner\n";
        let answer = ResolvedConfig::parse(text);
        assert_eq!(answer.hostname.as_deref(), Some("10.0.0.7"));
        assert_eq!((answer.user.as_deref(), answer.port), (Some("student"), Some(2222)));
        assert_eq!(answer.identities, ["~/.ssh/lab key", "%d/other"]);
        assert!(answer.identities_only);
        assert_eq!(answer.jump.as_deref(), Some("me@gate:2200,inner"));
    }

    #[test]
    fn the_defaults_of_ssh_are_no_choice_of_the_person() {
        let text = "identityfile ~/.ssh/id_rsa\nidentityfile ~/.ssh/id_ecdsa\nidentityfile ~/.ssh/id_ed25519\n\
                    identityfile ~/.ssh/id_ed25519_sk\nproxyjump none\n";
        assert_eq!(ResolvedConfig::parse(text), ResolvedConfig::default());
        assert_eq!(ResolvedConfig::parse("identityfile ~/.ssh/id_rsa\n").identities, ["~/.ssh/id_rsa"]);
    }

    #[tokio::test]
    async fn nothing_is_asked_where_there_is_nothing_to_ask() {
        let answers = ConfigAnswers::default();
        let question = || Question { address: "web".into(), user: None, port: None, file: None };
        let home = tempfile::tempdir().unwrap();
        for which in [SshConfig::Ignore, SshConfig::Default] {
            assert_eq!(answers.ask(question(), &which, Some(home.path())).await.unwrap(), ResolvedConfig::default());
        }
        let file = home.path().join("none");
        let question = Question { file: Some(file.clone()), ..question() };
        let error = answers.ask(question, &SshConfig::File(file), None).await.unwrap_err();
        let Unreachable::Setup { why: SetupFailure::SshConfig { why, .. } } = error else { panic!("{error:?}") };
        assert!(matches!(why, SshConfigFailure::Failed { .. } | SshConfigFailure::NotRun { .. }), "{why:?}");
    }
}
