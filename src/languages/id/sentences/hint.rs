//! Apa yang dapat dilakukan bila sebuah tugas gagal.

use crate::model::event::{Hint, KnownFailure};

/// Apa yang dapat dilakukan bila sebuah tugas gagal.
pub fn hint(hint: &Hint) -> String {
    match hint {
        Hint::Words(text) => text.clone(),
        Hint::TemplateLine { path, line, text, template, template_line } => {
            format!("baris {line} dari {path} adalah `{text}`; asalnya {template}, baris {template_line}")
        }
        Hint::Known { cause, host } => known_failure(*cause).replace("HOST", host.as_str()),
    }
}

/// Apa yang dapat dilakukan bila terjadi kegagalan yang dialami semua orang. `HOST` berarti mesinnya.
fn known_failure(cause: KnownFailure) -> &'static str {
    match cause {
        KnownFailure::NodeTooNew => {
            "aplikasi ini lebih tua daripada Node.js di HOST: tulis `node: { version: 14.21.3 }`, atau `app: { legacy_openssl: \
             true }`, di inventaris; lalu labctl up"
        }
        KnownFailure::NodeTooOldForOption => {
            "Node.js di HOST terlalu tua untuk `legacy_openssl`, dan tidak memerlukannya: hapus itu dari `app:` di inventaris; \
             lalu labctl up"
        }
        KnownFailure::TooFewWatches => {
            "kernel HOST membatasi terlalu sedikit berkas yang boleh dipantau aplikasi: labctl exec HOST -- \"echo \
             fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-watches.conf && sudo sysctl -p \
             /etc/sysctl.d/60-watches.conf\""
        }
        KnownFailure::NoNames => {
            "HOST tidak dapat menemukan alamat dari nama di internet; periksa DNS-nya: labctl exec HOST -- getent hosts example.com"
        }
        KnownFailure::DiskFull => "diska HOST penuh: labctl exec HOST -- df -h",
        KnownFailure::NoSuchPackage => {
            "apt tidak mengenal paket ini; ambil lagi daftarnya: labctl exec HOST -- sudo apt-get update"
        }
        KnownFailure::NoRoute => "HOST tidak punya rute ke internet; periksa rutenya: labctl exec HOST -- ip route",
        KnownFailure::NoAnswer => {
            "pihak lain tidak menjawab HOST pada waktunya: apakah jaringannya lambat atau tertutup? coba lagi"
        }
        KnownFailure::NoMemory => "memori HOST terlalu kecil: beri mesin itu 2 GB, atau tambahkan swap",
        KnownFailure::ClockWrong => "jam HOST mungkin salah: labctl exec HOST -- date",
        KnownFailure::MirrorInMotion => "cermin paket sedang diperbarui; coba lagi beberapa menit lagi",
        KnownFailure::DomainTooLong => {
            "sebuah domain lebih panjang daripada perkiraan nginx: di HOST, tulis `server_names_hash_bucket_size 128;` pada satu \
             baris di bawah `http {` dalam /etc/nginx/nginx.conf, atau ubah angkanya di tempat ia sudah ditulis (labctl ssh HOST \
             -- grep -rn server_names_hash_bucket_size /etc/nginx), lalu coba lagi"
        }
        KnownFailure::DomainTooLongAgain => {
            "sebuah domain lebih panjang daripada angka yang tertulis: lipat duakan angka itu (labctl ssh HOST -- grep -rn \
             server_names_hash_bucket_size /etc/nginx), lalu coba lagi"
        }
        KnownFailure::NginxModule => {
            "modul yang harus dimuat nginx tidak ada, atau dibuat untuk nginx lain: beri # di depan baris `load_module`-nya, di \
             berkas yang disebut nginx: labctl ssh HOST -- sudo nginx -t"
        }
        KnownFailure::NginxUser => {
            "HOST tidak punya pengguna itu untuk menjalankan nginx; di Debian dan Ubuntu namanya www-data: labctl ssh HOST -- \
             \"sudo sed -i 's/^user .*/user www-data;/' /etc/nginx/nginx.conf\""
        }
        KnownFailure::NginxDaemon => {
            "layanan sudah memberi nginx `daemon on;`: hapus `daemon off;` dari berkas yang disebut nginx: labctl ssh HOST -- grep \
             -rn daemon /etc/nginx/nginx.conf"
        }
    }
}
