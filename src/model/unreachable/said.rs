//! What in a reason is not ours: words of machines and of programs. Everything else stands in the inventory.

use super::{
    ConnectionFailure, HandshakeFailure, HostKeyFailure, KeyFailure, LinkEnd, LoginFailure, Lost, NoSecret,
    PayloadFailure, ScriptFailure, SecretFailure, SetupFailure, SshConfigFailure, Unreachable,
};

/// Changes a text in place: masks the secrets in it.
pub type Change<'a> = &'a mut dyn FnMut(&mut String);

impl Unreachable {
    /// Shows `change` every text that a machine or a program may have chosen, so that a secret in it can be masked.
    pub fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::Setup { why: SetupFailure::SshConfig { why, .. } } => why.change_said(change),
            Self::Setup { why: SetupFailure::NoSshClient { error } } | Self::OutputGone { error } => change(error),
            Self::Setup { .. } | Self::Tunnel { .. } => {}
            Self::Secret { why } => why.change_said(change),
            Self::Connection { why, .. } => why.change_said(change),
            Self::Handshake { why, .. } => why.change_said(change),
            Self::HostKey { why, .. } => why.change_said(change),
            Self::Login { why, .. } => why.change_said(change),
            Self::Bastion { why } => why.change_said(change),
            Self::Root { said, .. } => change(said),
            Self::Script { why } => why.change_said(change),
            Self::Payload {
                why: PayloadFailure::NotPacked { error: text } | PayloadFailure::Incomplete { said: text },
                ..
            } => {
                change(text);
            }
            Self::Lost { why } => why.change_said(change),
            Self::Words { reason, hints } => std::iter::once(reason).chain(hints).for_each(change),
        }
    }
}

impl SshConfigFailure {
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::NotRun { error: text } | Self::Failed { said: text } => change(text),
            Self::Timeout { .. } => {}
        }
    }
}

impl NoSecret {
    fn change_said(&mut self, change: Change<'_>) {
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
    fn change_said(&mut self, change: Change<'_>) {
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
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::ClosedAtOnce { error: text }
            | Self::TooManyLogins { said: text }
            | Self::Barred { said: text }
            | Self::NotSsh { said: text } => change(text),
            Self::NoAlgorithm { offered, .. } => offered.iter_mut().for_each(change),
            Self::Other { error, said } => [error, said].into_iter().for_each(change),
            Self::NoGreeting { .. } | Self::KeyExchangeSilent { .. } => {}
        }
    }
}

impl HostKeyFailure {
    fn change_said(&mut self, change: Change<'_>) {
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
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::Unreadable { error, .. } | Self::NotAKey { error, .. } => change(error),
            Self::NoPassphrase { secret } => secret.change_said(change),
            Self::Missing { .. } | Self::Locked { .. } | Self::WrongPassphrase { .. } => {}
        }
    }
}

impl LoginFailure {
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::Key { key } => key.change_said(change),
            // Keys of an agent have comments that somebody chose.
            Self::Denied { tried, passed_over, takes, .. } => {
                tried.iter_mut().chain(takes).for_each(&mut *change);
                passed_over.iter_mut().for_each(|key| key.change_said(change));
            }
            Self::HungUp { end, tried, .. } => {
                tried.iter_mut().for_each(&mut *change);
                end.change_said(change);
            }
            Self::Account { said, .. } => change(said),
            Self::Silent { .. } => {}
        }
    }
}

impl ScriptFailure {
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::NoUser { user: text }
            | Self::NotRoot { folder: text }
            | Self::Stopped { said: text }
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
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::Link { end, .. } => end.change_said(change),
            Self::NoSession { error: text, .. }
            | Self::Input { error: text, .. }
            | Self::LocalShell { error: text } => change(text),
            Self::NotStarted { said, line, .. } => {
                change(said);
                line.iter_mut().for_each(|line| change(&mut line.text));
            }
            Self::NoMoreSessions { .. } | Self::CommandRefused { .. } | Self::NoExitStatus { .. } => {}
        }
    }
}

impl LinkEnd {
    fn change_said(&mut self, change: Change<'_>) {
        match self {
            Self::ByServer { said: text } | Self::Broken { error: text } => change(text),
            Self::Silent { .. } | Self::Unknown => {}
        }
    }
}
