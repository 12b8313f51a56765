//! What went wrong on the way to a host, from the errors of the system and of russh.

use super::target::SshTarget;
use crate::model::unreachable::{ConnectionFailure, HandshakeFailure, LinkEnd, ShellFailure, Unreachable};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// What sshd says instead of a greeting where more logins are under way than MaxStartups allows.
pub(super) const MAX_STARTUPS: &[u8] = b"Exceeded MaxStartups";
/// What it says to an address that it bars for a while (PerSourcePenalties, since OpenSSH 9.8).
pub(super) const PENALTY: &[u8] = b"Not allowed at this time";

/// The other side was silent for so long that the link was given up.
#[derive(Debug, thiserror::Error)]
#[error("no answer for {} s", .0.as_secs_f64())]
pub(super) struct Silence(pub(super) Duration);

/// A TCP connection that did not come about.
pub(super) fn no_connection(target: &SshTarget, why: ConnectionFailure) -> Unreachable {
    Unreachable::Connection { at: target.endpoint(), why }
}

/// The same, by what the system says.
pub(super) fn no_tcp(target: &SshTarget, error: &io::Error) -> Unreachable {
    let text = error.to_string();
    no_connection(
        target,
        match error.kind() {
            ErrorKind::ConnectionRefused => ConnectionFailure::Refused,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => ConnectionFailure::NoRoute { error: text },
            ErrorKind::TimedOut => ConnectionFailure::Silent { waited_ms: target.connect_timeout_ms() },
            ErrorKind::PermissionDenied => ConnectionFailure::Forbidden { error: text },
            _ => ConnectionFailure::Other { error: text },
        },
    )
}

/// Something answered, but no SSH connection came of it. `greeting` is what it said first.
pub(super) fn no_ssh(target: &SshTarget, error: &russh::Error, greeting: &[u8]) -> Unreachable {
    let output = printable(greeting);
    let why = match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            HandshakeFailure::NoAlgorithm { algorithm: format!("{kind:?}"), offered: theirs.clone() }
        }
        error if greeting.is_empty() => HandshakeFailure::ClosedAtOnce { error: plain(error) },
        _ if greeting.starts_with(MAX_STARTUPS) => HandshakeFailure::TooManyLogins { output },
        _ if greeting.starts_with(PENALTY) => HandshakeFailure::Barred { output },
        _ if !greeting.starts_with(b"SSH-") => HandshakeFailure::NotSsh { output },
        error => HandshakeFailure::Other { error: plain(error), output },
    };
    Unreachable::Handshake { at: target.endpoint(), why }
}

/// The first line of bytes from a stranger, safe for a terminal.
pub(super) fn printable(bytes: &[u8]) -> String {
    let line = bytes.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    String::from_utf8_lossy(line.trim_ascii()).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// How an established connection ended. `silence` is what the kernel waits for before it gives a link up.
pub(super) fn link_end(error: &russh::Error, silence: Duration) -> LinkEnd {
    let silent = |waited: Duration| LinkEnd::Silent { waited_ms: millis(waited) };
    match error {
        russh::Error::IO(e) => match e.get_ref().and_then(|inner| inner.downcast_ref::<Silence>()) {
            Some(Silence(waited)) => silent(*waited),
            None if e.kind() == ErrorKind::TimedOut && e.raw_os_error().is_some() => silent(silence),
            None => LinkEnd::Broken { error: plain(error) },
        },
        other => LinkEnd::Broken { error: plain(other) },
    }
}

/// russh's errors, in other words where those are not for people.
fn plain(error: &russh::Error) -> String {
    match error {
        russh::Error::HUP | russh::Error::Disconnect => "closed by the other side".into(),
        russh::Error::IO(e) if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            "closed by the other side".into()
        }
        russh::Error::IO(e) => e.to_string(),
        russh::Error::Version => "its greeting is not an SSH version".into(),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// A duration in whole milliseconds, rounded down.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What became of a login shell that ended with these words.
pub(super) fn shell_ended(output: &str) -> ShellFailure {
    let output = output.to_lowercase();
    match () {
        // nologin says this, and /etc/nologin.txt may say something else.
        () if output.contains("account is currently not available") => ShellFailure::NoLogin,
        () if output.contains("password has expired") || output.contains("password change required") => {
            ShellFailure::PasswordExpired
        }
        () => ShellFailure::Ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_cannot_drive_the_terminal() {
        assert_eq!(printable(b"\r\n\x1b]0;evil\x07 HTTP/1.1 400\r\nx"), "?]0;evil? HTTP/1.1 400");
        assert_eq!(printable(b""), "");
    }

    #[test]
    fn silence_is_told_from_a_broken_link() {
        let end = |error| link_end(&russh::Error::IO(error), Duration::from_secs(9));
        let own = io::Error::new(ErrorKind::TimedOut, Silence(Duration::from_millis(1500)));
        assert_eq!(end(own), LinkEnd::Silent { waited_ms: 1500 });
        let kernel = io::Error::from_raw_os_error(if cfg!(windows) { 10060 } else { 110 });
        #[cfg(target_os = "linux")]
        assert_eq!(end(kernel), LinkEnd::Silent { waited_ms: 9000 });
        #[cfg(not(target_os = "linux"))]
        drop(kernel);
        let reset = io::Error::from(ErrorKind::ConnectionReset);
        assert_eq!(end(reset), LinkEnd::Broken { error: "closed by the other side".into() });
    }

    #[test]
    fn what_ended_a_shell_is_in_its_words() {
        for (output, how) in [
            ("This account is currently not available.", ShellFailure::NoLogin),
            ("WARNING: Your password has expired.", ShellFailure::PasswordExpired),
            ("Password change required but no TTY available.", ShellFailure::PasswordExpired),
            ("open terminal failed: not a terminal", ShellFailure::Ended),
            ("", ShellFailure::Ended),
        ] {
            assert_eq!(shell_ended(output), how, "{output}");
        }
    }
}
