//! Explanations in Indonesian.

use crate::config::modules::Purpose;
use crate::languages::{Explain, Topics};

pub const EXPLAIN: Explain = Explain {
    here: |hosts| {
        let here = "**Di komputer sendiri**";
        if hosts.is_empty() { here.to_owned() } else { format!("{here}, untuk {hosts}") }
    },
    on: |hosts| format!("Di {hosts}"),
    purpose,
    windows: "Di Windows, lewat PowerShell yang dibuka dengan \"Run as administrator\":",
    topics: Topics {
        steps: "Langkah-langkahnya, berurutan",
        background: "Latar belakangnya",
        read_one: "Baca salah satu",
    },
};

fn purpose(why: &Purpose) -> String {
    let sentence = match why {
        Purpose::Upgrade => "ambil daftar paket terbaru, lalu pasang semua pembaruannya.",
        Purpose::Lists => "ambil daftar paket terbaru.",
        Purpose::Install => "pasang paket-paket ini.",
        Purpose::Write(path) => {
            return format!(
                "tulis berkas `{path}`. Hasilnya sama dengan editor: buka dengan `nano`, tempel isinya, simpan."
            );
        }
        Purpose::Folder(path) => return format!("buat folder `{path}`."),
        Purpose::Add(path) => return format!("tambahkan ini ke `{path}`. Isi yang sudah ada tidak berubah."),
        Purpose::Service => "minta systemd menjalankan layanan ini sekarang, dan juga setiap kali mesin dinyalakan.",
        Purpose::User => "buat pengguna.",
        Purpose::Run => "jalankan perintah ini.",
        Purpose::Clone => "ambil kode sumber aplikasi.",
        Purpose::Bundle => {
            "repositorinya hanya ada di komputer ini. Bungkus menjadi satu berkas, lalu salin ke server."
        }
        Purpose::CloneBundle => "clone dari berkas itu, lalu pindah ke versi yang dipakai di kelas.",
        Purpose::Send => "salin arsip ke server.",
        Purpose::NodeDownload => "unduh Node.js dan cocokkan checksum-nya dengan yang diumumkan. Hasilnya harus `OK`.",
        Purpose::NodeVerify => "cocokkan checksum arsip. Hasilnya harus `OK`.",
        Purpose::NodeUnpack => {
            "ekstrak ke `/opt`, lalu buat tautan ke programnya di tempat yang dikenal semua pengguna dan layanan."
        }
        Purpose::NodeNpm => "pasang versi npm yang diminta.",
        Purpose::Packages => {
            "pasang persis paket-paket yang tercatat di `package-lock.json`. (Kalau berkas itu tidak ada: `npm install`.)"
        }
        Purpose::Program => "pasang untuk semua pengguna di folder tersendiri, lalu buat tautan ke perintahnya.",
        Purpose::Boot => {
            "buat layanan systemd yang menjalankan pm2 saat mesin menyala. Lalu simpan daftarnya (masih kosong), hentikan pm2 ini, dan biarkan systemd menyalakannya: sejak saat itu pm2 diurus systemd."
        }
        Purpose::Start => "jalankan aplikasi sesuai berkasnya, lalu simpan daftarnya untuk boot berikutnya.",
        Purpose::Include => {
            "beri tahu nginx agar membaca folder itu: satu baris `include` di dalam `http { }`, di bawah baris `sites-enabled`. Boleh juga dengan editor."
        }
        Purpose::Reload => {
            "uji konfigurasinya dulu. Hanya kalau benar konfigurasi itu dimuat, tanpa memutus satu permintaan pun."
        }
        Purpose::Look => "pastikan alamat ini menjawab.",
        Purpose::Answers => "kirim banyak permintaan lalu hitung. `X-Upstream` menunjukkan server mana yang menjawab.",
        Purpose::Names => "tambahkan nama-nama ini ke berkas hosts (Linux dan macOS).",
    };
    sentence.to_owned()
}
