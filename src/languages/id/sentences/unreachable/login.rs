//! What a login lacks on this computer, and how a server refuses it.

use super::{link_end, seconds};
use crate::model::quote::quote;
use crate::model::unreachable::{
    AccountFailure, Endpoint, KeyFailure, LinkEnd, LoginFailure, NoSecret, SecretFailure, SecretUse, SetupFailure,
    SshConfigFailure,
};

pub(super) fn setup(why: &SetupFailure) -> String {
    match why {
        SetupFailure::Nowhere => "tidak ada host yang dituju".to_owned(),
        SetupFailure::NotInInventory { host } => format!("{host} tidak ada di inventory"),
        SetupFailure::NoAddress { host } => format!("{host} belum punya alamat"),
        SetupFailure::BadAddress { address } => format!("`{address}` bukan alamat"),
        SetupFailure::NoUser { address } => format!("tidak disebutkan sebagai siapa harus login di {address}"),
        SetupFailure::BadJump { list, word } => format!("`{word}` di daftar jump `{list}` bukan bastion"),
        SetupFailure::TooManyBastions { address, most } => format!("lebih dari {most} bastion di depan {address}"),
        SetupFailure::SshConfig { address, why } => match why {
            SshConfigFailure::Timeout { seconds } => format!("`ssh -G {address}` tidak selesai dalam {seconds} detik"),
            SshConfigFailure::NotRun { error } => format!("`ssh -G {address}` tidak bisa dijalankan: {error}"),
            SshConfigFailure::Failed { output } if output.is_empty() => {
                format!("`ssh -G {address}` gagal tanpa menyebut alasannya")
            }
            SshConfigFailure::Failed { output } => format!("`ssh -G {address}` gagal: {output}"),
        },
        SetupFailure::NoSshClient { error } => format!("ssh tidak bisa dijalankan: {error}"),
        SetupFailure::NoLocalShell { host } => format!("{host} adalah komputer ini, yang tidak punya sh"),
    }
}

pub(super) fn secret(NoSecret { what, why }: &NoSecret) -> String {
    let what = match what {
        SecretUse::Password { user } => format!("kata sandi {user}"),
        SecretUse::SudoPassword { host } => format!("kata sandi sudo untuk {host}"),
        SecretUse::Passphrase { key } => format!("passphrase {key}"),
    };
    let command = |why: String| format!("perintah yang seharusnya menampilkan {what} {why}");
    match why {
        SecretFailure::VariableMissing { name } => {
            format!("variabel lingkungan {name}, yang seharusnya berisi {what}, belum diatur")
        }
        SecretFailure::VariableEmpty { name } => format!("variabel lingkungan {name}, tempat {what}, masih kosong"),
        SecretFailure::VariableNotText { name } => format!("variabel lingkungan {name} bukan UTF-8"),
        SecretFailure::FileUnreadable { file, error } => format!("{what} tidak bisa dibaca dari {file}: {error}"),
        SecretFailure::FileOpen { file, mode } => format!(
            "{file}, tempat {what}, terbuka bagi pengguna lain di komputer ini (mode {mode:o}): chmod 600 {}",
            quote(file)
        ),
        SecretFailure::FileEmpty { file } => {
            format!("baris pertama {file}, yang seharusnya berisi {what}, masih kosong")
        }
        SecretFailure::CommandTimeout { seconds } => command(format!("tidak selesai dalam {seconds} detik")),
        SecretFailure::CommandNotRun { error } => command(format!("tidak bisa dijalankan: {error}")),
        SecretFailure::CommandFailed { status } => command(format!("gagal: {status}")),
        SecretFailure::CommandEmpty => command("tidak menampilkan apa-apa".to_owned()),
        SecretFailure::NoTerminal => format!(
            "tidak bisa menanyakan {what}: tidak ada terminal (sebutkan tempatnya di inventory: `{{ env: NAME }}`, `{{ file: PATH }}` atau `{{ command: LINE }}`)"
        ),
        SecretFailure::NotGiven => format!("{what} tidak diisi"),
        SecretFailure::Stopping => "labctl sedang dihentikan".to_owned(),
    }
}

fn key(why: &KeyFailure) -> String {
    match why {
        KeyFailure::Missing { file } => format!("kunci {file} tidak ada"),
        KeyFailure::Unreadable { file, error } => format!("kunci {file} tidak bisa dibaca: {error}"),
        KeyFailure::Locked { file } => format!("kunci {file} memakai passphrase, padahal passphrase-nya tidak diatur"),
        KeyFailure::WrongPassphrase { file } => format!("passphrase untuk {file} salah"),
        KeyFailure::NoPassphrase { secret } => self::secret(secret),
        KeyFailure::NotAKey { file, error } => format!("{file} bukan private key yang bisa dibaca labctl: {error}"),
    }
}

pub(super) fn failed(at: &Endpoint, why: &LoginFailure) -> String {
    match why {
        LoginFailure::Key { key } => format!("tidak bisa login ke {at}: {}", self::key(key)),
        LoginFailure::Denied { tried, passed_over, takes, .. } => {
            let tried = match tried.as_slice() {
                [] => "tidak ada kunci atau kata sandi yang bisa dicoba".to_owned(),
                tried => format!("tidak satu pun diterima: {}", tried.join(", ")),
            };
            let passed_over: String = passed_over.iter().map(|key| format!("; {}", self::key(key))).collect();
            let takes = match takes.as_slice() {
                [] => String::new(),
                takes => format!("; yang diterima server: {}", takes.join(", ")),
            };
            format!("login ditolak oleh {at}: {tried}{passed_over}{takes}")
        }
        LoginFailure::HungUp { end, tried, .. } => {
            let end = match end {
                LinkEnd::Unknown => "sambungannya ditutup".to_owned(),
                end => link_end(end),
            };
            let tried = match tried.as_slice() {
                [] => String::new(),
                tried => format!(" (yang dicoba: {})", tried.join(", ")),
            };
            format!("login di {at} gagal: {end}{tried}")
        }
        LoginFailure::Account { why, output } => {
            let why = match why {
                AccountFailure::Expired => format!("akun {} sudah kedaluwarsa", at.user),
                AccountFailure::NotYet => "mesinnya sedang menyala atau dimatikan, dan hanya menerima root".to_owned(),
                AccountFailure::Other => format!("akun {} tidak boleh login", at.user),
            };
            format!("login ditolak oleh {at}: {why} (`{output}`)")
        }
        LoginFailure::Silent { waited_ms } => {
            format!("{at} tidak terjangkau: login tidak selesai dalam {}", seconds(*waited_ms))
        }
    }
}
