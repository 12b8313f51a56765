//! What in a reason is not ours: words of machines and of programs. Everything else stands in the inventory.

use super::{
    ConnectionFailure, HandshakeFailure, HostKeyFailure, KeyFailure, LinkEnd, LoginFailure, Lost, NoSecret,
    PayloadFailure, ScriptFailure, SecretFailure, SetupFailure, SshConfigFailure, Unreachable,
};

/// Changes a text in place: masks the secrets in it.
pub type Change<'a> = &'a mut dyn FnMut(&mut String);

impl Unreachable {
    /// Shows `change` every text that a machine or a program may have chosen, so that a secret in it can be masked.
    pub fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::Setup { why: SetupFailure::SshConfig { why, .. } } => why.change_outputs(change),
            Self::Setup { why: SetupFailure::NoSshClient { error } } | Self::OutputGone { error } => change(error),
            Self::Setup { .. } | Self::Tunnel { .. } => {}
            Self::Secret { why } => why.change_outputs(change),
            Self::Connection { why, .. } => why.change_outputs(change),
            Self::Handshake { why, .. } => why.change_outputs(change),
            Self::HostKey { why, .. } => why.change_outputs(change),
            Self::Login { why, .. } => why.change_outputs(change),
            Self::Bastion { why } => why.change_outputs(change),
            Self::Root { output, .. } => change(output),
            Self::Script { why } => why.change_outputs(change),
            Self::Payload {
                why: PayloadFailure::NotPacked { error: text } | PayloadFailure::Incomplete { output: text },
                ..
            } => {
                change(text);
            }
            Self::Lost { why } => why.change_outputs(change),
            Self::Words { reason, hints } => std::iter::once(reason).chain(hints).for_each(change),
        }
    }
}

impl SshConfigFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::NotRun { error: text } | Self::Failed { output: text } => change(text),
            Self::Timeout { .. } => {}
        }
    }
}

impl NoSecret {
    fn change_outputs(&mut self, change: Change<'_>) {
        match &mut self.why {
            SecretFailure::FileUnreadable { error: text, .. }
            | SecretFailure::CommandNotRun { error: text }
            | SecretFailure::CommandFailed { status: text } => change(text),
            SecretFailure::VariableMissing { .. }
            | SecretFailure::VariableEmpty { .. }
            | SecretFailure::VariableNotText { .. }
            | SecretFailure::FileOpen { .. }
            | SecretFailure::FileEmpty { .. }
            | SecretFailure::CommandTimeout { .. }
            | SecretFailure::CommandEmpty
            | SecretFailure::NoTerminal
            | SecretFailure::NotGiven
            | SecretFailure::Stopping => {}
        }
    }
}

impl ConnectionFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::Unresolved { error }
            | Self::NoRoute { error }
            | Self::Forbidden { error }
            | Self::Other { error } => {
                change(error);
            }
            Self::NameServerSilent { .. } | Self::Refused | Self::Silent { .. } => {}
        }
    }
}

impl HandshakeFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::ClosedAtOnce { error: text }
            | Self::TooManyLogins { output: text }
            | Self::Barred { output: text }
            | Self::NotSsh { output: text } => change(text),
            Self::NoAlgorithm { offered, .. } => offered.iter_mut().for_each(change),
            Self::Other { error, output } => [error, output].into_iter().for_each(change),
            Self::NoGreeting { .. } | Self::KeyExchangeSilent { .. } => {}
        }
    }
}

impl HostKeyFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::FileUnreadable { error, .. }
            | Self::FileNotWritable { error, .. }
            | Self::Certificate { error, .. } => {
                change(error);
            }
            Self::Unknown { skipped, .. } => skipped.iter_mut().for_each(change),
            // Fingerprints, and places in a file of this computer.
            Self::Changed { .. } | Self::Revoked { .. } => {}
        }
    }
}

impl KeyFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::Unreadable { error, .. } | Self::NotAKey { error, .. } => change(error),
            Self::NoPassphrase { secret } => secret.change_outputs(change),
            Self::Missing { .. } | Self::Locked { .. } | Self::WrongPassphrase { .. } => {}
        }
    }
}

impl LoginFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::Key { key } => key.change_outputs(change),
            // Keys of an agent have comments that somebody chose.
            Self::Denied { tried, passed_over, takes, .. } => {
                tried.iter_mut().chain(takes).for_each(&mut *change);
                passed_over.iter_mut().for_each(|key| key.change_outputs(change));
            }
            Self::HungUp { end, tried, .. } => {
                tried.iter_mut().for_each(&mut *change);
                end.change_outputs(change);
            }
            Self::Account { output, .. } => change(output),
            Self::Silent { .. } => {}
        }
    }
}

impl ScriptFailure {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::NoUser { user: text }
            | Self::NotRoot { folder: text }
            | Self::Stopped { output: text }
            | Self::Killed { signal: text } => change(text),
            Self::StoppedWaiting
            | Self::SaidTooMuch { .. }
            | Self::GivenUp
            | Self::BrokeOff { .. }
            | Self::NoLock { .. } => {}
        }
    }
}

impl Lost {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::Link { end, .. } => end.change_outputs(change),
            Self::NoSession { error: text, .. }
            | Self::Input { error: text, .. }
            | Self::LocalShell { error: text } => change(text),
            Self::NotStarted { output, line, .. } => {
                change(output);
                line.iter_mut().for_each(|line| change(&mut line.text));
            }
            Self::NoMoreSessions { .. } | Self::CommandRefused { .. } | Self::NoExitStatus { .. } => {}
        }
    }
}

impl LinkEnd {
    fn change_outputs(&mut self, change: Change<'_>) {
        match self {
            Self::ByServer { output: text } | Self::Broken { error: text } => change(text),
            Self::Silent { .. } | Self::Unknown => {}
        }
    }
}
