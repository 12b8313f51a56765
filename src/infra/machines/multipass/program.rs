//! Running `multipass`, which is found as any program is: in a folder of `PATH`. What it says about a failure becomes a type.

use super::fault::Fault;
use crate::infra::machines::trouble::last_words;
use crate::infra::transport::std_command;
use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// For questions: they ask a daemon, which asks its machines.
pub const QUESTION: Duration = Duration::from_secs(2 * 60);
/// For what copies disks or waits for a machine to end.
pub const WORK: Duration = Duration::from_secs(30 * 60);
/// How long Multipass itself waits for a new machine, in seconds: an image comes over a campus's internet.
pub const LAUNCH: &str = "1800";
/// How long Multipass itself waits for a machine that starts, in seconds.
pub const START: &str = "600";

/// The exit code of Multipass when its own `--timeout` is over.
const GAVE_UP: i32 = 5;
/// The exit code of Multipass when nobody answers it; newer versions only say so.
const NO_DAEMON: i32 = 3;

/// Runs `multipass` with these words; what it printed.
///
/// # Errors
/// It is not installed, does not end in time, or ends with an error.
pub async fn multipass(words: &[&str], patience: Duration) -> Result<String, Fault> {
    feed(words, "", patience).await
}

/// The same with something to read.
///
/// # Errors
/// As for [`multipass`].
pub async fn feed(words: &[&str], input: &str, patience: Duration) -> Result<String, Fault> {
    let command = || format!("multipass {}", words.join(" "));
    let ended = timeout(patience, output(words, input)).await;
    let ended = ended.map_err(|_| Fault::Silent { command: command(), minutes: patience.as_secs() / 60 })?;
    let output = ended.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Fault::NotInstalled,
        _ => Fault::NoStart { error },
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    // What it says of an unknown verb is on standard output.
    let bytes = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
    let said = last_words(&String::from_utf8_lossy(bytes), 8);
    Err(told(output.status.code(), said, command()))
}

async fn output(words: &[&str], input: &str) -> io::Result<Output> {
    let mut command = Command::from(std_command("multipass"));
    // A lab that is interrupted does not wait for it.
    command.args(words).env("LC_ALL", "C").kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends early closes its input: its own error is the one to report.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    child.wait_with_output().await
}

/// What an ending with an error means. The words are those of Multipass, whose exit code says little: 2 for nearly
/// everything.
fn told(code: Option<i32>, said: String, command: String) -> Fault {
    let lower = said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
    match code {
        Some(GAVE_UP) => Fault::TimedOut { command },
        Some(NO_DAEMON) => Fault::NoDaemon,
        _ if says(&["cannot connect to the multipass socket"]) => Fault::NoDaemon,
        _ if says(&["socket access denied"]) => Fault::Denied { said },
        _ if says(&["not authenticated with the multipass service"]) => Fault::NotAuthenticated,
        _ if says(&["timed out waiting"]) => Fault::TimedOut { command },
        _ if says(&["unable to find an image", "unable to find images", "is unknown or unreachable"]) => {
            Fault::ImageUnknown { said }
        }
        _ if says(&["below minimum for this image", "no space left"]) => Fault::TooLittleDisk { said },
        _ if says(&["cannot allocate memory", "set up guest memory", "not enough memory", "insufficient memory"]) => {
            Fault::TooLittleMemory { said }
        }
        _ if says(&["is being prepared"]) => Fault::BeingPrepared,
        _ if says(&["not implemented on this backend"]) => Fault::NoSnapshots,
        _ => Fault::Failed { command, code, said },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_multipass_says_is_understood() {
        let told = |code, said: &str| format!("{:?}", told(Some(code), said.into(), "multipass x".into()));
        for (code, said, kind) in [
            (5, "Timed out waiting for instance launch.", "TimedOut"),
            (2, "launch failed: The following errors occurred:\n  web: timed out waiting for response", "TimedOut"),
            (2, "launch failed: timed out waiting for initialization to complete", "TimedOut"),
            (3, "list failed: cannot connect to the multipass socket", "NoDaemon"),
            (
                2,
                "list failed: cannot connect to the multipass socket\n  Please ensure multipassd is running",
                "NoDaemon",
            ),
            (2, "list failed: multipass socket access denied", "Denied"),
            (2, "list failed: The user is not authenticated with the Multipass service.", "NotAuthenticated"),
            (2, "launch failed: Unable to find an image matching \"25.13\" in remote \"release\".", "ImageUnknown"),
            (2, "launch failed: Remote \"\" is unknown or unreachable.", "ImageUnknown"),
            (2, "Requested disk (4294967296 bytes) below minimum for this image (9e9 bytes)", "TooLittleDisk"),
            (2, "start failed: qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory", "TooLittleMemory"),
            (2, "launch failed: instance \"flix-web\" is being prepared", "BeingPrepared"),
            (2, "snapshot failed: The snapshots feature is not implemented on this backend.", "NoSnapshots"),
            (2, "launch failed: something new", "Failed"),
        ] {
            let seen = told(code, said);
            assert!(seen.starts_with(kind), "{code} {said}: {seen}");
        }
    }
}
