//! Why a host cannot be worked on.

mod hints;
mod login;

pub use hints::hints;
pub use login::{key, secret};

use crate::model::unreachable::{
    ConnectionFailure, Endpoint, HandshakeFailure, HostKeyFailure, LinkEnd, Lost, PayloadFailure, ScriptFailure,
    ShellFailure, StartupLine, TunnelFailure, Unreachable,
};

/// What happened, as a lowercase fragment that names address, port, user or file.
pub fn reason(why: &Unreachable) -> String {
    match why {
        Unreachable::Setup { why } => login::setup(why),
        Unreachable::Secret { why } => secret(why),
        Unreachable::Connection { at, why } => connection(at, why),
        Unreachable::Tunnel { at, bastion, why } => {
            let what = match why {
                TunnelFailure::Silent { waited_ms } => format!("no answer within {}", seconds(*waited_ms)),
                TunnelFailure::Forbidden => "the bastion forbids forwarding".to_owned(),
                TunnelFailure::NoConnection => "the bastion could not connect".to_owned(),
            };
            format!("cannot reach {at} from the bastion {bastion}: {what}")
        }
        Unreachable::Handshake { at, why } => handshake(at, why),
        Unreachable::HostKey { at, why } => host_key(at, why),
        Unreachable::Login { at, why } => login::failed(at, why),
        Unreachable::Bastion { why } => format!("on the way through a bastion: {}", reason(why)),
        Unreachable::Root { output, .. } if output.is_empty() => "no shell as root: it said nothing".to_owned(),
        Unreachable::Root { output, .. } => format!("no shell as root: {output}"),
        Unreachable::Script { why } => script(why),
        Unreachable::Payload { why: PayloadFailure::NotPacked { error }, .. } => error.clone(),
        Unreachable::Payload { id, why: PayloadFailure::Incomplete { output } } => {
            format!("{id} did not arrive complete: {output}")
        }
        Unreachable::Lost { why } => lost(why),
        Unreachable::OutputGone { error } => {
            format!("its output cannot be read back from this computer's disk: {error}")
        }
        Unreachable::Words { reason, .. } => reason.clone(),
    }
}

fn connection(at: &Endpoint, why: &ConnectionFailure) -> String {
    let what = match why {
        ConnectionFailure::Unresolved { error } => {
            // The standard library's own words before the resolver's.
            let error = error.strip_prefix("failed to lookup address information: ").unwrap_or(error);
            format!("the name {} does not resolve ({error})", at.host)
        }
        ConnectionFailure::NameServerSilent { waited_ms } => {
            format!("the name server gave no answer within {}", seconds(*waited_ms))
        }
        ConnectionFailure::Refused => "connection refused".to_owned(),
        ConnectionFailure::Silent { waited_ms } => format!("no answer within {}", seconds(*waited_ms)),
        ConnectionFailure::NoRoute { error } => format!("no route to it ({error})"),
        ConnectionFailure::Forbidden { error } | ConnectionFailure::Other { error } => error.clone(),
    };
    format!("cannot reach {at}: {what}")
}

fn handshake(at: &Endpoint, why: &HandshakeFailure) -> String {
    let what = match why {
        HandshakeFailure::NoGreeting { waited_ms } => {
            let waited = seconds(*waited_ms);
            return format!("cannot reach {at}: it accepts connections, but sent no SSH greeting within {waited}");
        }
        HandshakeFailure::KeyExchangeSilent { waited_ms } => {
            return format!("cannot reach {at}: the key exchange did not finish within {}", seconds(*waited_ms));
        }
        HandshakeFailure::NoAlgorithm { algorithm, offered } => {
            format!("it offers no {algorithm} algorithm that labctl trusts, only {}", offered.join(", "))
        }
        HandshakeFailure::ClosedAtOnce { error } => format!("it closed the connection at once ({error})"),
        HandshakeFailure::TooManyLogins { output } => {
            format!("it turns logins away because too many are under way there (`{output}`)")
        }
        HandshakeFailure::Barred { output } => format!("it has blocked this computer for a while (`{output}`)"),
        HandshakeFailure::NotSsh { output } => format!("port {} does not speak SSH, it says `{output}`", at.port),
        HandshakeFailure::Other { error, output } => format!("{error} (it is `{output}`)"),
    };
    format!("cannot talk to {at}: {what}")
}

fn host_key(at: &Endpoint, why: &HostKeyFailure) -> String {
    match why {
        HostKeyFailure::FileUnreadable { file, error } => {
            format!("cannot read the known host keys in {file}: {error}")
        }
        HostKeyFailure::FileNotWritable { file, error } => format!("cannot keep the host key of {at}: {file}: {error}"),
        HostKeyFailure::Unknown { file, shown, skipped, .. } => {
            // The missing key may stand in a line with a typing mistake.
            let skipped = match skipped.as_slice() {
                [] => String::new(),
                lines => format!(" that can be read (skipped: line {})", lines.join(", line ")),
            };
            format!("the host key of {at} is not known: it shows {shown}, but {file} has no key for it{skipped}")
        }
        HostKeyFailure::Changed { file, line, known, shown, .. } => {
            format!("the host key of {at} has changed: {file}:{line} has {known}, but the machine shows {shown}")
        }
        HostKeyFailure::Revoked { file, line, shown } => {
            format!("the host key of {at} is revoked by {file}:{line}: {shown}")
        }
        HostKeyFailure::Certificate { error, .. } => format!("the host certificate of {at} is not valid: {error}"),
    }
}

fn script(why: &ScriptFailure) -> String {
    match why {
        ScriptFailure::NoUser { user } => format!("there is no user {user} on this machine"),
        ScriptFailure::NotRoot { folder } => {
            format!(
                "cannot write to {folder}: labctl needs root on the machine (sudo without a password, or ssh.sudo_password)"
            )
        }
        ScriptFailure::StoppedWaiting => "stopped while waiting for another run".to_owned(),
        ScriptFailure::Stopped { output } => output.clone(),
        ScriptFailure::SaidTooMuch { megabytes } => {
            format!("it printed more than {megabytes} MB, so labctl stopped reading")
        }
        ScriptFailure::GivenUp => "it stopped answering, and labctl gave up on it".to_owned(),
        ScriptFailure::Killed { signal } => format!("its shell was killed by {signal}"),
        ScriptFailure::BrokeOff { status: Some(status) } => format!("its script ended early with status {status}"),
        ScriptFailure::BrokeOff { status: None } => "its script ended early".to_owned(),
        ScriptFailure::NoLock { host } => format!("{host}: its lock could not be taken"),
    }
}

fn lost(why: &Lost) -> String {
    match why {
        Lost::Link { at, end } => format!("the connection to {at} was lost: {}", link_end(end)),
        Lost::NoSession { at, error } => format!("{at} does not open a session: {error}"),
        Lost::NoMoreSessions { at } => format!("{at} opens no more sessions (MaxSessions in its sshd_config)"),
        Lost::CommandRefused { at } => format!("{at} refuses to run a command"),
        Lost::NotStarted { at, output, how, line } => not_started(at, output, *how, line.as_deref()),
        Lost::NoExitStatus { at } => format!("{at} closed the command without an exit status"),
        Lost::Input { file, error } => format!("cannot read {file}: {error}"),
        Lost::LocalShell { error } => format!("cannot run sh on this computer: {error}"),
    }
}

fn not_started(at: &Endpoint, output: &str, how: ShellFailure, line: Option<&StartupLine>) -> String {
    match line {
        Some(StartupLine { file, line, text }) => format!(
            "the login shell of {at} does not get to labctl's command: line {line} of {file}, `{text}`, {}. Neither a \
             password nor a script was sent",
            if how == ShellFailure::Taken { "takes its input" } else { "ends the shell" }
        ),
        None if how == ShellFailure::NoLogin => {
            format!("{} has no login shell on {at}: it said `{output}`", at.user)
        }
        None if how == ShellFailure::PasswordExpired => {
            format!("the password of {} on {at} has expired, and must be changed first: it said `{output}`", at.user)
        }
        None if how == ShellFailure::Taken => format!(
            "the login shell of {at} does not get to labctl's command: a startup file such as ~/.bashrc starts another \
             program, or waits for input. Neither a password nor a script was sent"
        ),
        None if output.is_empty() => format!("the login shell of {at} ended before it got to labctl's command"),
        None => format!("the login shell of {at} does not run labctl's command: it said `{output}`"),
    }
}

fn link_end(end: &LinkEnd) -> String {
    match end {
        LinkEnd::Silent { waited_ms } => {
            let waited = seconds(*waited_ms);
            format!("no answer for {waited} (the machine stopped, went to sleep, or lost its network)")
        }
        LinkEnd::ByServer { output } => format!("the server ended it: {output}"),
        LinkEnd::Broken { error } => error.clone(),
        LinkEnd::Unknown => "it was closed, and no reason was given".to_owned(),
    }
}

/// `10 s`, or `0.5 s`.
fn seconds(ms: u64) -> String {
    match ms % 1000 {
        0 => format!("{} s", ms / 1000),
        rest => format!("{} s", format!("{}.{rest:03}", ms / 1000).trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::unreachable::samples::samples;

    /// The words that people see, all in one place: read them aloud.
    #[test]
    fn every_kind_has_its_words() {
        let output = |why: &Unreachable| {
            let hints: String = hints(why).iter().map(|hint| format!("  {hint}\n")).collect();
            format!("{}\n{hints}", reason(why))
        };
        let alone = samples().into_iter().filter(|why| !matches!(why, Unreachable::Bastion { .. }));
        let mut all: Vec<String> = alone.map(|why| output(&why)).collect();
        let first = samples().into_iter().find(|why| matches!(why, Unreachable::Bastion { .. }));
        all.extend(first.map(|why| output(&why)));
        insta::assert_snapshot!("unreachable", all.concat());
    }

    #[test]
    fn seconds_are_short() {
        assert_eq!(
            [500, 10_000, 1250, 0, 2001].map(seconds),
            ["0.5 s", "10 s", "1.25 s", "0 s", "2.001 s"].map(str::to_owned)
        );
    }
}
