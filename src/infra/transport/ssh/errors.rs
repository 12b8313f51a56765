//! Turns what went wrong on the way to a host into words for somebody who has never seen it before.

use super::super::Unreachable;
use super::target::Target;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// What sshd says instead of a greeting where more logins are under way than MaxStartups allows.
pub(super) const MAX_STARTUPS: &[u8] = b"Exceeded MaxStartups";
/// What it says to an address that it bars for a while (PerSourcePenalties, since OpenSSH 9.8).
pub(super) const PENALTY: &[u8] = b"Not allowed at this time";

/// A reason, and what to do about it.
pub(super) fn unreachable<H: Into<String>>(
    reason: impl Into<String>,
    hints: impl IntoIterator<Item = H>,
) -> Unreachable {
    Unreachable { reason: reason.into(), hints: hints.into_iter().map(Into::into).collect() }
}

/// A name that leads nowhere.
pub(super) fn unresolved(target: &Target, error: &io::Error) -> Unreachable {
    let why = error.to_string();
    let why = why.strip_prefix("failed to lookup address information: ").unwrap_or(&why);
    unreachable(
        format!("cannot reach {target}: the name {} does not resolve ({why})", target.host),
        ["look for a typing mistake, or write the IP address", "or add the name to /etc/hosts of this computer"],
    )
}

/// A TCP connection that did not come about.
pub(super) fn no_tcp(target: &Target, error: &io::Error) -> Unreachable {
    let at = format!("cannot reach {target}");
    let port = target.port;
    match error.kind() {
        ErrorKind::ConnectionRefused => unreachable(
            format!("{at}: connection refused"),
            [
                format!(
                    "the machine is up, but nothing listens on port {port}: is its SSH server running? (`systemctl status ssh` there)"
                ),
                "or is it another port?".into(),
            ],
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => unreachable(
            format!("{at}: no route to it ({error})"),
            ["is the machine running, and in the same network as this computer?", "is the address right?"],
        ),
        ErrorKind::TimedOut => timed_out(target, "no answer"),
        ErrorKind::PermissionDenied => {
            unreachable(format!("{at}: {error}"), ["a firewall of this computer forbids the connection"])
        }
        _ => unreachable(format!("{at}: {error}"), ["is the address right?"]),
    }
}

/// Nothing came back.
pub(super) fn timed_out(target: &Target, what: &str) -> Unreachable {
    let waited = seconds(target.connect_timeout);
    unreachable(
        format!("cannot reach {target}: {what} within {waited}"),
        ["is the machine running, and is the address right?", "does a firewall drop the packets?"],
    )
}

/// Something answered, but no SSH connection came of it. `greeting` is what it said first.
pub(super) fn no_ssh(target: &Target, error: &russh::Error, greeting: &[u8]) -> Unreachable {
    let at = format!("cannot talk to {target}");
    if let russh::Error::NoCommonAlgo { kind, theirs, .. } = error {
        return unreachable(
            format!("{at}: it offers no {kind:?} algorithm that labctl trusts, only {}", theirs.join(", ")),
            ["its SSH server is too old: update it"],
        );
    }
    if greeting.is_empty() {
        return unreachable(
            format!("{at}: it closed the connection at once ({})", plain(error)),
            [
                "its SSH server may be starting, or turn away too many logins at once: try again",
                "or it forbids this computer (sshd_config, hosts.deny, fail2ban)",
            ],
        );
    }
    let said = printable(greeting);
    if greeting.starts_with(MAX_STARTUPS) {
        return unreachable(
            format!("{at}: it turns logins away, for too many are under way there at once (`{said}`)"),
            [
                "does somebody else log in there again and again? wait, and try again",
                "or raise `MaxStartups` in its sshd_config",
            ],
        );
    }
    if greeting.starts_with(PENALTY) {
        return unreachable(
            format!("{at}: it bars this computer for a while (`{said}`)"),
            ["its SSH server does so after failed logins (PerSourcePenalties): wait a minute, and try again"],
        );
    }
    if !greeting.starts_with(b"SSH-") {
        return unreachable(
            format!("{at}: port {} does not speak SSH, it says `{said}`", target.port),
            ["is it the right port?"],
        );
    }
    unreachable(format!("{at}: {} (it is `{said}`)", plain(error)), ["try `ssh -v` to the same place"])
}

/// The first line of bytes from a stranger, safe for a terminal.
pub(super) fn printable(bytes: &[u8]) -> String {
    let line = bytes.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    String::from_utf8_lossy(line.trim_ascii()).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Why an established connection ended. `silence` is what the kernel waits for before it gives a link up.
pub(super) fn ended_because(error: &russh::Error, silence: Duration) -> String {
    match error {
        russh::Error::IO(e) if e.kind() == ErrorKind::TimedOut && e.raw_os_error().is_some() => no_answer(silence),
        other => plain(other),
    }
}

/// Why a link that is silent is given up.
pub(super) fn no_answer(waited: Duration) -> String {
    format!("no answer for {} (the machine stopped, went to sleep, or lost its network)", seconds(waited))
}

/// russh's errors, in other words where those are not for people.
fn plain(error: &russh::Error) -> String {
    match error {
        russh::Error::HUP | russh::Error::Disconnect => "closed by the other side".into(),
        russh::Error::IO(e) if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            "closed by the other side".into()
        }
        russh::Error::IO(e) => e.to_string(),
        russh::Error::Version => "its greeting is no SSH version".into(),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// `10 s`, or `0.5 s`.
pub(super) fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_cannot_drive_the_terminal() {
        assert_eq!(printable(b"\r\n\x1b]0;evil\x07 HTTP/1.1 400\r\nx"), "?]0;evil? HTTP/1.1 400");
        assert_eq!(printable(b""), "");
        assert_eq!(seconds(Duration::from_millis(500)), "0.5 s");
    }
}
