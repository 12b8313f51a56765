//! What a login lacks on this computer, and how a server refuses it.

use super::{link_end, seconds};
use crate::model::quote::quote;
use crate::model::unreachable::{
    AccountFailure, Endpoint, KeyFailure, LinkEnd, LoginFailure, NoSecret, SecretFailure, SetupFailure,
    SshConfigFailure,
};

pub(super) fn setup(why: &SetupFailure) -> String {
    match why {
        SetupFailure::Nowhere => "there is no host to connect to".to_owned(),
        SetupFailure::NotInInventory { host } => format!("{host} is not in the inventory"),
        SetupFailure::NoAddress { host } => format!("{host} has no address yet"),
        SetupFailure::BadAddress { address } => format!("`{address}` is not an address"),
        SetupFailure::NoUser { address } => format!("no user is configured for the login on {address}"),
        SetupFailure::BadJump { list, word } => format!("`{word}` in the jump list `{list}` is not a bastion"),
        SetupFailure::TooManyBastions { address, most } => format!("more than {most} bastions before {address}"),
        SetupFailure::SshConfig { address, why } => match why {
            SshConfigFailure::Timeout { seconds } => format!("`ssh -G {address}` did not finish within {seconds} s"),
            SshConfigFailure::NotRun { error } => format!("cannot run `ssh -G {address}`: {error}"),
            SshConfigFailure::Failed { output } if output.is_empty() => {
                format!("`ssh -G {address}` failed: no reason given")
            }
            SshConfigFailure::Failed { output } => format!("`ssh -G {address}` failed: {output}"),
        },
        SetupFailure::NoSshClient { error } => format!("cannot start ssh: {error}"),
        SetupFailure::NoLocalShell { host } => format!("{host} is this computer, which has no `sh`"),
    }
}

/// Why a password or passphrase could not be read, and what to do about it.
pub fn secret(NoSecret { what, why }: &NoSecret) -> String {
    let command = |why: String| format!("the command that should print the {what} {why}");
    match why {
        SecretFailure::VariableMissing { name } => {
            format!("the environment variable {name}, which should hold the {what}, is not set")
        }
        SecretFailure::VariableEmpty { name } => {
            format!("the environment variable {name}, which holds the {what}, is empty")
        }
        SecretFailure::VariableNotText { name } => format!("the environment variable {name} is not UTF-8"),
        SecretFailure::FileUnreadable { file, error } => format!("cannot read the {what} from {file}: {error}"),
        SecretFailure::FileOpen { file, mode } => format!(
            "{file}, which holds the {what}, is open to others on this computer (mode {mode:o}): chmod 600 {}",
            quote(file)
        ),
        SecretFailure::FileEmpty { file } => {
            format!("the first line of {file}, which should hold the {what}, is empty")
        }
        SecretFailure::CommandTimeout { seconds } => command(format!("did not finish within {seconds} s")),
        SecretFailure::CommandNotRun { error } => command(format!("could not be run: {error}")),
        SecretFailure::CommandFailed { status } => command(format!("failed: {status}")),
        SecretFailure::CommandEmpty => command("printed nothing".to_owned()),
        SecretFailure::NoTerminal => format!(
            "cannot ask for the {what}: there is no terminal (say in the inventory where it is instead: `{{ env: NAME }}`, `{{ file: PATH }}` or `{{ command: LINE }}`)"
        ),
        SecretFailure::NotGiven => format!("the {what} was not given"),
        SecretFailure::Stopping => "labctl is being stopped".to_owned(),
    }
}

/// Why a key file gives no key.
pub fn key(why: &KeyFailure) -> String {
    match why {
        KeyFailure::Missing { file } => format!("the key {file} does not exist"),
        KeyFailure::Unreadable { file, error } => format!("the key {file} cannot be read: {error}"),
        KeyFailure::Locked { file } => format!("the key {file} is locked with a passphrase, and none is configured"),
        KeyFailure::WrongPassphrase { file } => format!("wrong passphrase for {file}"),
        KeyFailure::NoPassphrase { secret } => self::secret(secret),
        KeyFailure::NotAKey { file, error } => format!("{file} is not a private key that labctl can read: {error}"),
    }
}

pub(super) fn failed(at: &Endpoint, why: &LoginFailure) -> String {
    match why {
        LoginFailure::Key { key } => format!("cannot log in to {at}: {}", self::key(key)),
        LoginFailure::Denied { tried, passed_over, takes, .. } => {
            let tried = match tried.as_slice() {
                [] => "there is no key or password to try".to_owned(),
                tried => format!("it accepted none of: {}", tried.join(", ")),
            };
            let passed_over: String = passed_over.iter().map(|key| format!("; {}", self::key(key))).collect();
            let takes = match takes.as_slice() {
                [] => String::new(),
                takes => format!("; the server accepts {}", takes.join(", ")),
            };
            format!("login denied by {at}: {tried}{passed_over}{takes}")
        }
        LoginFailure::HungUp { end, tried, .. } => {
            let end = match end {
                LinkEnd::Unknown => "it closed the connection".to_owned(),
                end => link_end(end),
            };
            let tried = match tried.as_slice() {
                [] => String::new(),
                tried => format!(" (tried: {})", tried.join(", ")),
            };
            format!("login failed on {at}: {end}{tried}")
        }
        LoginFailure::Account { why, output } => {
            let why = match why {
                AccountFailure::Expired => format!("the account of {} has expired", at.user),
                AccountFailure::NotYet => "the machine is starting or going down, and lets only root in".to_owned(),
                AccountFailure::Other => format!("the account of {} may not log in", at.user),
            };
            format!("login refused by {at}: {why} (`{output}`)")
        }
        LoginFailure::Silent { waited_ms } => {
            format!("cannot reach {at}: the login did not finish within {}", seconds(*waited_ms))
        }
    }
}
