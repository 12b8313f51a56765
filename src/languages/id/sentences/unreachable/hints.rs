//! What to do about a host that cannot be worked on, the likeliest thing first.

use crate::model::name::HostName;
use crate::model::quote::quote;
use crate::model::unreachable::{
    AccountFailure, ConnectionFailure, Endpoint, HandshakeFailure, HostKeyFailure, KeyFailure, LoginFailure, Lost,
    RootFailure, ScriptFailure, SetupFailure, ShellFailure, SshConfigFailure, StartupLine, TunnelFailure, Unreachable,
};

/// Sentences, some with a command in them.
pub fn hints(why: &Unreachable) -> Vec<String> {
    let fixed: &[&str] = match why {
        Unreachable::Setup { why } => setup(why),
        Unreachable::Connection { at, why: ConnectionFailure::Refused } => return refused(at),
        Unreachable::Connection { why, .. } => connection(why),
        Unreachable::Tunnel { why, .. } => tunnel(why),
        Unreachable::Handshake { why, .. } => handshake(why),
        Unreachable::HostKey { at, why } => return host_key(at, why),
        Unreachable::Login { at, why } => return login(at, why),
        Unreachable::Bastion { why } => return hints(why),
        Unreachable::Lost { why: Lost::NotStarted { at, output, how, line } } => {
            return not_started(at, output, *how, line.as_deref());
        }
        Unreachable::Root { why, .. } => root(*why),
        Unreachable::Script {
            why: ScriptFailure::GivenUp | ScriptFailure::Killed { .. } | ScriptFailure::BrokeOff { .. },
        }
        | Unreachable::Lost { .. } => &["jalankan lagi perintah yang sama: pekerjaannya dilanjutkan dari sini"],
        Unreachable::Words { hints, .. } => return hints.clone(),
        Unreachable::Secret { .. }
        | Unreachable::Script { .. }
        | Unreachable::Payload { .. }
        | Unreachable::OutputGone { .. } => &[],
    };
    fixed.iter().map(|hint| (*hint).to_owned()).collect()
}

fn not_started(at: &Endpoint, output: &str, how: ShellFailure, line: Option<&StartupLine>) -> Vec<String> {
    let Endpoint { user, host, port } = at;
    match (line, how) {
        (Some(line), _) => vec![format!("di mesin itu, buat baris itu hanya berlaku bagi orang yang login: {}", line.guard())],
        (None, ShellFailure::NoLogin) => vec![format!("beri akun itu shell, sebagai root di mesin itu: usermod -s /bin/bash {user}")],
        (None, ShellFailure::PasswordExpired) => vec![
            format!("login secara manual, lalu ganti kata sandinya: ssh -p {port} {user}@{host}"),
            format!("atau biarkan yang lama berlaku, sebagai root di mesin itu: chage -d \"$(date +%F)\" {user}"),
        ],
        (None, ShellFailure::Ended) if !output.is_empty() => vec![
            format!("apakah server itu mau menjalankan perintah? ssh -p {port} {user}@{host} true"),
            format!("apakah `command=` di ~{user}/.ssh/authorized_keys, atau `ForceCommand` di sshd-nya, menggantinya dengan perintah lain?"),
        ],
        (None, ShellFailure::Ended | ShellFailure::Taken) => vec!["cari baris itu di sana: grep -nE '^[^#]*(exec|exit|tmux|screen|newgrp|read) ' ~/.bashrc ~/.zshenv ~/.config/fish/config.fish".to_owned()],
    }
}

fn setup(why: &SetupFailure) -> &'static [&'static str] {
    match why {
        SetupFailure::Nowhere | SetupFailure::NotInInventory { .. } => &[],
        SetupFailure::NoAddress { .. } => &["buat mesinnya dulu"],
        SetupFailure::BadAddress { .. } => &["tulis alamat IP atau nama host"],
        SetupFailure::NoUser { .. } => &["isi `user` untuk mesin itu"],
        SetupFailure::BadJump { .. } => &["tulis [user@]host[:port], dipisahkan koma"],
        SetupFailure::TooManyBastions { .. } => &["cari ProxyJump yang kembali ke dirinya sendiri"],
        SetupFailure::SshConfig { why: SshConfigFailure::Timeout { .. }, .. } => {
            &["cari `Match exec` di konfigurasi SSH, atau tulis `config: false` di bawah `ssh:` di inventory"]
        }
        SetupFailure::SshConfig { why: SshConfigFailure::NotRun { .. }, .. } => {
            &["pasang klien OpenSSH, atau hapus `config` di bawah `ssh:`"]
        }
        SetupFailure::SshConfig { why: SshConfigFailure::Failed { .. }, .. } => {
            &["perbaiki konfigurasi SSH yang disebut di situ"]
        }
        SetupFailure::NoSshClient { .. } => {
            &["pasang klien OpenSSH (apt install openssh-client; di Windows ada di fitur opsional)"]
        }
        SetupFailure::NoLocalShell { .. } => &["`connection: local` memerlukan Linux atau macOS"],
    }
}

fn refused(at: &Endpoint) -> Vec<String> {
    vec![
        format!(
            "mesinnya menyala, tetapi tidak ada yang menunggu di port {}: apakah server SSH-nya berjalan? (`systemctl status ssh` di sana)",
            at.port
        ),
        "atau portnya lain?".to_owned(),
    ]
}

fn connection(why: &ConnectionFailure) -> &'static [&'static str] {
    match why {
        ConnectionFailure::Unresolved { .. } => {
            &["periksa salah ketik, atau tulis alamat IP-nya", "atau tambahkan nama itu ke /etc/hosts komputer ini"]
        }
        ConnectionFailure::NameServerSilent { .. } => {
            &["apakah komputer ini tersambung ke internet, dan server DNS-nya benar?", "atau tulis alamat IP-nya"]
        }
        ConnectionFailure::Silent { .. } => {
            &["apakah mesinnya menyala, dan alamatnya benar?", "apakah ada firewall yang membuang paketnya?"]
        }
        ConnectionFailure::NoRoute { .. } => {
            &["apakah mesinnya menyala, dan satu jaringan dengan komputer ini?", "apakah alamatnya benar?"]
        }
        ConnectionFailure::Forbidden { .. } => &["firewall komputer ini melarang sambungannya"],
        ConnectionFailure::Refused | ConnectionFailure::Other { .. } => &["apakah alamatnya benar?"],
    }
}

fn tunnel(why: &TunnelFailure) -> &'static [&'static str] {
    match why {
        TunnelFailure::Silent { .. } => &["apakah mesinnya menyala, dan terjangkau dari bastion?"],
        TunnelFailure::Forbidden => &["tulis `AllowTcpForwarding yes` di sshd_config-nya"],
        TunnelFailure::NoConnection => {
            &["apakah mesinnya menyala, dengan SSH di port itu?", "namanya dicari dari bastion, bukan dari sini"]
        }
    }
}

fn handshake(why: &HandshakeFailure) -> &'static [&'static str] {
    match why {
        HandshakeFailure::NoGreeting { .. } => &["server SSH-nya macet, atau port itu dipakai program lain"],
        HandshakeFailure::KeyExchangeSilent { .. } => {
            &["server SSH-nya macet, atau jaringan kehilangan paket besar (apakah MTU-nya benar?)"]
        }
        HandshakeFailure::NoAlgorithm { .. } => &["server SSH-nya terlalu usang: perbarui"],
        HandshakeFailure::ClosedAtOnce { .. } => &[
            "mungkin server SSH-nya baru menyala, atau menolak terlalu banyak login sekaligus: coba lagi",
            "atau komputer ini dilarang (sshd_config, hosts.deny, fail2ban)",
        ],
        HandshakeFailure::TooManyLogins { .. } => &[
            "apakah ada yang login di sana terus-menerus? tunggu, lalu coba lagi",
            "atau naikkan `MaxStartups` di sshd_config-nya",
        ],
        HandshakeFailure::Barred { .. } => {
            &["server SSH-nya begitu setelah login gagal (PerSourcePenalties): tunggu satu menit, lalu coba lagi"]
        }
        HandshakeFailure::NotSsh { .. } => &["apakah portnya benar?"],
        HandshakeFailure::Other { .. } => &["coba `ssh -v` ke alamat yang sama"],
    }
}

fn trust(host: &HostName, inventory: Option<&String>) -> String {
    let inventory = inventory.map(|path| format!(" -i {}", quote(path))).unwrap_or_default();
    format!("labctl trust {host}{inventory}")
}

fn host_key(at: &Endpoint, why: &HostKeyFailure) -> Vec<String> {
    match why {
        HostKeyFailure::FileUnreadable { .. } => {
            vec!["tanpa daftar itu tidak ada mesin yang bisa dipercaya: buat berkasnya bisa dibaca".to_owned()]
        }
        HostKeyFailure::FileNotWritable { .. } => {
            vec!["buat berkas itu bisa ditulis, atau sebutkan `known_hosts` lain".to_owned()]
        }
        HostKeyFailure::Unknown { host, inventory, .. } => vec![
            "cocokkan di mesinnya sendiri: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub".to_owned(),
            format!("kalau sama, terima: {}", trust(host, inventory.as_ref())),
            "atau biarkan kunci pertama diingat: `host_keys: accept-new`".to_owned(),
        ],
        HostKeyFailure::Changed { file, host, inventory, .. } => {
            // As OpenSSH names a host in that file.
            let name = match at.port {
                22 => at.host.to_lowercase(),
                port => format!("[{}]:{port}", at.host.to_lowercase()),
            };
            vec![
                format!("kalau mesinnya dibuat ulang, terima kunci barunya: {}", trust(host, inventory.as_ref())),
                format!("(secara manual: ssh-keygen -R '{name}' -f '{file}')"),
                "kalau tidak, mungkin ada yang menyadap di tengah: jangan diteruskan".to_owned(),
            ]
        }
        HostKeyFailure::Revoked { .. } => vec!["buat host key baru di mesin itu".to_owned()],
        HostKeyFailure::Certificate { file, .. } => vec![format!("periksa baris @cert-authority di {file}")],
    }
}

fn key(why: &KeyFailure) -> Vec<String> {
    match why {
        KeyFailure::Missing { file } => vec![
            "periksa salah ketik di namanya".to_owned(),
            format!("atau buat kunci: ssh-keygen -t ed25519 -f '{file}'"),
        ],
        KeyFailure::Unreadable { file, .. } => vec![format!("hanya Anda yang boleh membacanya: chmod 600 '{file}'")],
        KeyFailure::Locked { file } => vec![
            format!("berikan ke agent: ssh-add '{file}'"),
            "atau isi `passphrase` di inventory: `prompt`, `{ env: NAME }`, `{ file: PATH }` atau `{ command: LINE }`"
                .to_owned(),
        ],
        KeyFailure::WrongPassphrase { file } => vec![format!("coba: ssh-keygen -y -f '{file}'")],
        KeyFailure::NoPassphrase { .. } => Vec::new(),
        KeyFailure::NotAKey { file, .. } if file.ends_with(".pub") => {
            vec!["sebutkan berkasnya tanpa .pub".to_owned()]
        }
        KeyFailure::NotAKey { file, .. } => vec![format!("ubah ke bentuk sekarang: ssh-keygen -p -f '{file}'")],
    }
}

fn login(at: &Endpoint, why: &LoginFailure) -> Vec<String> {
    match why {
        LoginFailure::Key { key: why } => key(why),
        LoginFailure::Denied { passed_over, takes, own_key, password, .. } => {
            let mut hints = passed_over.first().map(key).unwrap_or_default();
            let Endpoint { user, host, port } = at;
            if takes.iter().any(|method| method == "password" || method == "keyboard-interactive") {
                let own = own_key.as_ref().map(|file| format!("-i '{file}' ")).unwrap_or_default();
                hints.push(format!("taruh kunci Anda di sana: ssh-copy-id {own}-p {port} {user}@{host}"));
                hints.push(match password {
                    true => "apakah kata sandinya benar?".to_owned(),
                    false => "atau isi `password` di inventory: `prompt`, `{ env: NAME }`, `{ file: PATH }` atau `{ command: LINE }`".to_owned(),
                });
            } else {
                hints.push(format!("taruh public key Anda di ~{user}/.ssh/authorized_keys di sana"));
            }
            hints.push(format!("apakah `{user}` pengguna yang benar?"));
            hints
        }
        LoginFailure::Account { why, .. } => vec![match why {
            AccountFailure::Expired => format!("aktifkan lagi, sebagai root di mesin itu: chage -E -1 {}", at.user),
            AccountFailure::NotYet => {
                "tunggu sampai mesin itu selesai menyala, lalu jalankan perintah yang sama lagi".to_owned()
            }
            AccountFailure::Other => {
                "lihat log server SSH-nya di sana, sebagai root: journalctl -u ssh -n 5".to_owned()
            }
        }],
        LoginFailure::HungUp { too_many: true, .. } => {
            vec!["terlalu banyak kunci yang ditawarkan: sebutkan yang benar sebagai `key` di inventory".to_owned()]
        }
        LoginFailure::HungUp { .. } => vec!["lihat log server SSH-nya: `journalctl -u ssh` di sana".to_owned()],
        LoginFailure::Silent { .. } => vec![
            "server SSH-nya macet: lihat `journalctl -u ssh` di sana".to_owned(),
            "apakah mesinnya sibuk, atau menunggu server DNS (`UseDNS`)?".to_owned(),
        ],
    }
}

fn root(why: RootFailure) -> &'static [&'static str] {
    match why {
        RootFailure::WrongPassword => &["kata sandi sudo salah: perbaiki yang disebut `sudo_password` di inventory"],
        RootFailure::WantsPassword => &[
            "sudo meminta kata sandi: tulis `sudo_password: prompt` di bawah `ssh:` di inventory, atau izinkan sudo tanpa kata sandi",
        ],
        RootFailure::WantsTerminal => {
            &["sudo meminta terminal: hapus `requiretty` dari /etc/sudoers di sana, atau pasang `script` (bsdutils)"]
        }
        RootFailure::NotAllowed => &[
            "pengguna ini tidak boleh memakai sudo: login sebagai pengguna lain (`ssh: { user: … }`), atau masukkan ke grup sudo",
        ],
        RootFailure::Expired => &[
            "akun atau kata sandinya terkunci atau kedaluwarsa: lihat `chage -l` untuk pengguna ini, sebagai root di mesin itu",
        ],
        RootFailure::NoSudo => {
            &["di sana tidak ada sudo: login sebagai root (`ssh: { user: root }`), atau pasang sudo"]
        }
        RootFailure::Broken => &[
            "sudo di sana tidak bisa berjalan: pemilik atau izin programnya atau berkasnya salah (setelah chown atau chmod seluruh folder?), atau /etc/sudoers tidak bisa dibaca",
        ],
        RootFailure::NoPrograms => &[
            "login itu tidak menemukan program apa pun: cari PATH di /etc/environment, ~/.bashrc, dan ~/.profile di sana",
        ],
        RootFailure::Unclear => &["login secara manual lalu coba `sudo -n true`"],
    }
}
