//! Why a host cannot be worked on.

mod hints;
mod login;

pub use hints::hints;

use crate::model::unreachable::{
    ConnectionFailure, Endpoint, HandshakeFailure, HostKeyFailure, LinkEnd, Lost, PayloadFailure, ScriptFailure,
    ShellFailure, StartupLine, TunnelFailure, Unreachable,
};

/// In a sentence without a capital letter and a full stop.
pub fn reason(why: &Unreachable) -> String {
    match why {
        Unreachable::Setup { why } => login::setup(why),
        Unreachable::Secret { why } => login::secret(why),
        Unreachable::Connection { at, why } => connection(at, why),
        Unreachable::Tunnel { at, bastion, why } => {
            let what = match why {
                TunnelFailure::Silent { waited_ms } => format!("tidak ada jawaban selama {}", seconds(*waited_ms)),
                TunnelFailure::Forbidden => "bastion melarang forwarding".to_owned(),
                TunnelFailure::NoConnection => "bastion tidak bisa tersambung ke sana".to_owned(),
            };
            format!("{at} tidak terjangkau dari bastion {bastion}: {what}")
        }
        Unreachable::Handshake { at, why } => handshake(at, why),
        Unreachable::HostKey { at, why } => host_key(at, why),
        Unreachable::Login { at, why } => login::failed(at, why),
        Unreachable::Bastion { why } => format!("di perjalanan lewat bastion: {}", reason(why)),
        Unreachable::Root { output, .. } if output.is_empty() => {
            "tidak mendapat shell sebagai root, tanpa penjelasan".to_owned()
        }
        Unreachable::Root { output, .. } => format!("tidak mendapat shell sebagai root: {output}"),
        Unreachable::Script { why } => script(why),
        Unreachable::Payload { why: PayloadFailure::NotPacked { error }, .. } => error.clone(),
        Unreachable::Payload { id, why: PayloadFailure::Incomplete { output } } => {
            format!("{id} tidak sampai seutuhnya: {output}")
        }
        Unreachable::Lost { why } => lost(why),
        Unreachable::OutputGone { error } => {
            format!("keluarannya tidak bisa dibaca kembali dari disk komputer ini: {error}")
        }
        Unreachable::Words { reason, .. } => reason.clone(),
    }
}

fn connection(at: &Endpoint, why: &ConnectionFailure) -> String {
    let what = match why {
        ConnectionFailure::Unresolved { error } => {
            // The standard library's own words before the resolver's.
            let error = error.strip_prefix("failed to lookup address information: ").unwrap_or(error);
            format!("alamat untuk nama {} tidak ditemukan ({error})", at.host)
        }
        ConnectionFailure::NameServerSilent { waited_ms } => {
            format!("server DNS tidak menjawab selama {}", seconds(*waited_ms))
        }
        ConnectionFailure::Refused => "sambungan ditolak".to_owned(),
        ConnectionFailure::Silent { waited_ms } => format!("tidak ada jawaban selama {}", seconds(*waited_ms)),
        ConnectionFailure::NoRoute { error } => format!("tidak ada rute ke sana ({error})"),
        ConnectionFailure::Forbidden { error } | ConnectionFailure::Other { error } => error.clone(),
    };
    format!("{at} tidak terjangkau: {what}")
}

fn handshake(at: &Endpoint, why: &HandshakeFailure) -> String {
    let what = match why {
        HandshakeFailure::NoGreeting { waited_ms } => {
            let waited = seconds(*waited_ms);
            return format!("{at} tidak terjangkau: sambungan diterima, tetapi tidak ada salam SSH selama {waited}");
        }
        HandshakeFailure::KeyExchangeSilent { waited_ms } => {
            return format!("{at} tidak terjangkau: pertukaran kunci tidak selesai dalam {}", seconds(*waited_ms));
        }
        HandshakeFailure::NoAlgorithm { algorithm, offered } => {
            format!(
                "tidak ada algoritma {algorithm} yang dipercaya labctl, yang ditawarkan hanya {}",
                offered.join(", ")
            )
        }
        HandshakeFailure::ClosedAtOnce { error } => format!("sambungan langsung ditutup ({error})"),
        HandshakeFailure::TooManyLogins { output } => {
            format!("login ditolak karena terlalu banyak yang sedang berlangsung di sana (`{output}`)")
        }
        HandshakeFailure::Barred { output } => format!("komputer ini diblokir untuk sementara (`{output}`)"),
        HandshakeFailure::NotSsh { output } => format!("port {} bukan SSH, jawabannya `{output}`", at.port),
        HandshakeFailure::Other { error, output } => format!("{error} (servernya `{output}`)"),
    };
    format!("tidak bisa berkomunikasi dengan {at}: {what}")
}

fn host_key(at: &Endpoint, why: &HostKeyFailure) -> String {
    match why {
        HostKeyFailure::FileUnreadable { file, error } => {
            format!("daftar host key di {file} tidak bisa dibaca: {error}")
        }
        HostKeyFailure::FileNotWritable { file, error } => {
            format!("host key {at} tidak bisa disimpan: {file}: {error}")
        }
        HostKeyFailure::Unknown { file, shown, skipped, .. } => {
            // The missing key may stand in a line with a typing mistake.
            let skipped = match skipped.as_slice() {
                [] => String::new(),
                lines => format!(" yang bisa dibaca (dilewati: baris {})", lines.join(", baris ")),
            };
            format!("host key {at} belum dikenal: yang ditunjukkan {shown}, sedangkan di {file} tidak ada{skipped}")
        }
        HostKeyFailure::Changed { file, line, known, shown, .. } => {
            format!("host key {at} berubah: di {file}:{line} tertulis {known}, mesinnya menunjukkan {shown}")
        }
        HostKeyFailure::Revoked { file, line, shown } => {
            format!("host key {at} sudah dicabut di {file}:{line}: {shown}")
        }
        HostKeyFailure::Certificate { error, .. } => format!("sertifikat host {at} tidak sah: {error}"),
    }
}

fn script(why: &ScriptFailure) -> String {
    match why {
        ScriptFailure::NoUser { user } => format!("di mesin ini tidak ada pengguna {user}"),
        ScriptFailure::NotRoot { folder } => format!(
            "tidak bisa menulis ke {folder}: labctl memerlukan root di mesin itu (sudo tanpa kata sandi, atau \
             ssh.sudo_password)"
        ),
        ScriptFailure::StoppedWaiting => "dihentikan saat menunggu pekerjaan lain".to_owned(),
        ScriptFailure::Stopped { output } => output.clone(),
        ScriptFailure::SaidTooMuch { megabytes } => {
            format!("keluarannya lebih dari {megabytes} MB, selebihnya tidak dibaca lagi")
        }
        ScriptFailure::GivenUp => "tidak menjawab lagi, dan tidak ditunggu lagi".to_owned(),
        ScriptFailure::Killed { signal } => format!("shell-nya dihentikan oleh {signal}"),
        ScriptFailure::BrokeOff { status: Some(status) } => format!("skripnya terputus dengan status {status}"),
        ScriptFailure::BrokeOff { status: None } => "skripnya terputus".to_owned(),
        ScriptFailure::NoLock { host } => format!("{host}: kuncinya (lock) tidak bisa dipegang"),
    }
}

fn lost(why: &Lost) -> String {
    match why {
        Lost::Link { at, end } => format!("sambungan ke {at} terputus: {}", link_end(end)),
        Lost::NoSession { at, error } => format!("{at} tidak membuka sesi: {error}"),
        Lost::NoMoreSessions { at } => format!("{at} tidak membuka sesi lagi (MaxSessions di sshd-nya)"),
        Lost::CommandRefused { at } => format!("{at} menolak menjalankan perintah"),
        Lost::NotStarted { at, output, how, line } => not_started(at, output, *how, line.as_deref()),
        Lost::NoExitStatus { at } => format!("{at} menutup perintahnya tanpa status akhir"),
        Lost::Input { file, error } => format!("{file} tidak bisa dibaca: {error}"),
        Lost::LocalShell { error } => format!("sh tidak bisa dijalankan di komputer ini: {error}"),
    }
}

fn not_started(at: &Endpoint, output: &str, how: ShellFailure, line: Option<&StartupLine>) -> String {
    match line {
        Some(StartupLine { file, line, text }) => format!(
            "login shell {at} tidak sampai ke perintah labctl: baris {line} di {file}, `{text}`, {}. Kata sandi maupun \
             skrip tidak dikirim",
            if how == ShellFailure::Taken { "mengambil masukannya" } else { "mengakhiri shell itu" }
        ),
        None if how == ShellFailure::NoLogin => {
            format!("{} tidak punya login shell di {at}: katanya `{output}`", at.user)
        }
        None if how == ShellFailure::PasswordExpired => {
            format!("kata sandi {} di {at} kedaluwarsa, dan harus diganti dulu: katanya `{output}`", at.user)
        }
        None if how == ShellFailure::Taken => format!(
            "login shell {at} tidak sampai ke perintah labctl: berkas startup seperti ~/.bashrc menjalankan program \
             lain, atau menunggu masukan. Kata sandi maupun skrip tidak dikirim"
        ),
        None if output.is_empty() => format!("login shell {at} berakhir sebelum sampai ke perintah labctl"),
        None => format!("login shell {at} tidak menjalankan perintah labctl: katanya `{output}`"),
    }
}

fn link_end(end: &LinkEnd) -> String {
    match end {
        LinkEnd::Silent { waited_ms } => {
            let waited = seconds(*waited_ms);
            format!("tidak ada jawaban selama {waited} (mesinnya berhenti, tidur, atau kehilangan jaringan)")
        }
        LinkEnd::ByServer { output } => format!("diakhiri oleh server: {output}"),
        LinkEnd::Broken { error } => error.clone(),
        LinkEnd::Unknown => "ditutup tanpa alasan".to_owned(),
    }
}

/// `0,5 detik`, `10 detik`: without digits that say nothing.
fn seconds(ms: u64) -> String {
    match ms % 1000 {
        0 => format!("{} detik", ms / 1000),
        rest => format!("{} detik", format!("{},{rest:03}", ms / 1000).trim_end_matches('0')),
    }
}
