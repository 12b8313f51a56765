//! The sentences around the commands, in every language.

use super::{Language, Typed};
use crate::config::inventory::Inventory;
use crate::config::modules::Purpose;

use Language::{English, Indonesian};

/// Where something is typed.
pub fn place(typed: &Typed, inventory: &Inventory, language: Language) -> String {
    let here = match language {
        English => "**On your own computer**",
        Indonesian => "**Di komputer sendiri**",
    };
    if typed.by_hand.here {
        let hosts: Vec<&str> = typed.hosts.iter().filter(|h| !h.is_controller()).map(|h| h.as_str()).collect();
        return match (hosts.is_empty(), language) {
            (true, _) => here.to_owned(),
            (_, English) => format!("{here}, for {}", hosts.join(", ")),
            (_, Indonesian) => format!("{here}, untuk {}", hosts.join(", ")),
        };
    }
    let named = |host: &crate::model::name::HostName| {
        let address = inventory.host(host).and_then(|h| h.address.as_deref()).unwrap_or_default();
        if address.is_empty() { format!("**{host}**") } else { format!("**{host}** ({address})") }
    };
    let names = typed.hosts.iter().map(named).collect::<Vec<_>>().join(", ");
    match language {
        English => format!("On {names}"),
        Indonesian => format!("Di {names}"),
    }
}

/// Above what is typed on Windows instead.
pub fn windows(language: Language) -> &'static str {
    match language {
        English => "On Windows, in PowerShell opened with \"Run as administrator\":",
        Indonesian => "Di Windows, lewat PowerShell yang dibuka dengan \"Run as administrator\":",
    }
}

/// What a command is for.
pub fn why(why: &Purpose, language: Language) -> String {
    let (english, indonesian) = match why {
        Purpose::Upgrade => (
            "fetch the current list of packages, then install what is newer.",
            "ambil daftar paket terbaru, lalu pasang semua pembaruannya.",
        ),
        Purpose::Lists => ("fetch the current list of packages.", "ambil daftar paket terbaru."),
        Purpose::Install => ("install these packages.", "pasang paket-paket ini."),
        Purpose::Write(path) => {
            return match language {
                English => {
                    format!(
                        "write the file `{path}`. An editor does the same: open it with `nano`, paste the content, save."
                    )
                }
                Indonesian => {
                    format!(
                        "tulis berkas `{path}`. Hasilnya sama dengan editor: buka dengan `nano`, tempel isinya, simpan."
                    )
                }
            };
        }
        Purpose::Folder(path) => {
            return match language {
                English => format!("make the folder `{path}`."),
                Indonesian => format!("buat folder `{path}`."),
            };
        }
        Purpose::Add(path) => {
            return match language {
                English => format!("add this to `{path}`. What is in the file already stays."),
                Indonesian => format!("tambahkan ini ke `{path}`. Isi yang sudah ada tidak berubah."),
            };
        }
        Purpose::Service => (
            "let systemd run the service now, and again after every boot.",
            "minta systemd menjalankan layanan ini sekarang, dan juga setiap kali mesin dinyalakan.",
        ),
        Purpose::User => ("make the user.", "buat pengguna."),
        Purpose::Run => ("run this.", "jalankan perintah ini."),
        Purpose::Clone => ("fetch the source code of the application.", "ambil kode sumber aplikasi."),
        Purpose::Bundle => (
            "the repository is on this computer only. Put it into one file and copy that to the server.",
            "repositorinya hanya ada di komputer ini. Bungkus menjadi satu berkas, lalu salin ke server.",
        ),
        Purpose::CloneBundle => (
            "clone from that file, and check out the version of the class.",
            "clone dari berkas itu, lalu pindah ke versi yang dipakai di kelas.",
        ),
        Purpose::Send => ("copy the archive to the server.", "salin arsip ke server."),
        Purpose::NodeDownload => (
            "download Node.js and compare its checksum with the published one. It must say `OK`.",
            "unduh Node.js dan cocokkan checksum-nya dengan yang diumumkan. Hasilnya harus `OK`.",
        ),
        Purpose::NodeVerify => {
            ("compare the checksum of the archive. It must say `OK`.", "cocokkan checksum arsip. Hasilnya harus `OK`.")
        }
        Purpose::NodeUnpack => (
            "unpack it under `/opt`, and link its programs to where every user and every service finds them.",
            "ekstrak ke `/opt`, lalu buat tautan ke programnya di tempat yang dikenal semua pengguna dan layanan.",
        ),
        Purpose::NodeNpm => ("install the npm version that is wanted.", "pasang versi npm yang diminta."),
        Purpose::Packages => (
            "install exactly the packages that `package-lock.json` names. (Without that file: `npm install`.)",
            "pasang persis paket-paket yang tercatat di `package-lock.json`. (Kalau berkas itu tidak ada: `npm install`.)",
        ),
        Purpose::Program => (
            "install it for everybody, in a folder of its own, and link its commands.",
            "pasang untuk semua pengguna di folder tersendiri, lalu buat tautan ke perintahnya.",
        ),
        Purpose::Boot => (
            "make the systemd service that starts pm2 at boot. Then save a list (still empty), end this pm2, and let systemd start it: from now on pm2 is systemd's.",
            "buat layanan systemd yang menjalankan pm2 saat mesin menyala. Lalu simpan daftarnya (masih kosong), hentikan pm2 ini, dan biarkan systemd menyalakannya: sejak saat itu pm2 diurus systemd.",
        ),
        Purpose::Start => (
            "start the application as its file describes it, and save the list for the next boot.",
            "jalankan aplikasi sesuai berkasnya, lalu simpan daftarnya untuk boot berikutnya.",
        ),
        Purpose::Include => (
            "tell nginx to read your folder: one `include` line inside `http { }`, below that of `sites-enabled`. An editor does the same.",
            "beri tahu nginx agar membaca folder itu: satu baris `include` di dalam `http { }`, di bawah baris `sites-enabled`. Boleh juga dengan editor.",
        ),
        Purpose::Reload => (
            "test the configuration first. Only if it is right is it loaded, without dropping a request.",
            "uji konfigurasinya dulu. Hanya kalau benar konfigurasi itu dimuat, tanpa memutus satu permintaan pun.",
        ),
        Purpose::Look => ("see that it answers.", "pastikan alamat ini menjawab."),
        Purpose::Answers => (
            "ask many times and count. `X-Upstream` says which server answered.",
            "kirim banyak permintaan lalu hitung. `X-Upstream` menunjukkan server mana yang menjawab.",
        ),
        Purpose::Names => (
            "add the names to the hosts file (Linux and macOS).",
            "tambahkan nama-nama ini ke berkas hosts (Linux dan macOS).",
        ),
    };
    match language {
        English => english.to_owned(),
        Indonesian => indonesian.to_owned(),
    }
}
