//! What a visitor met instead of the page.

use crate::languages::Advice;
use crate::model::visitor::{Asked, Indirect, NameElsewhere, VisitError};

/// In a clause that can follow a site's name: `menjawab 502 (dari app1:3000)`.
pub fn visit_error(error: &VisitError) -> String {
    match error {
        VisitError::NameNotFound { name, text } if text.is_empty() => format!("komputer ini tidak tahu alamat {name}"),
        VisitError::NameNotFound { name, text } => format!("{name}: {text}"),
        VisitError::ConnectTimeout => "web server tidak menerima sambungan".to_owned(),
        VisitError::NoRoute => "komputer ini tidak punya rute ke web server".to_owned(),
        VisitError::Refused => "web server menolak sambungan".to_owned(),
        VisitError::AnswerTimeout => "tidak ada jawaban sampai batas waktunya".to_owned(),
        VisitError::Reset => "sambungan diputus".to_owned(),
        VisitError::Truncated => "jawabannya terpotong".to_owned(),
        VisitError::NotHttp => "jawabannya bukan HTTP".to_owned(),
        VisitError::Endless => "halamannya tidak ada habisnya".to_owned(),
        VisitError::Status { status, asked } => format!("menjawab {status}{}", asked_whom(asked)),
        VisitError::OtherConfiguration => "menjawab dengan konfigurasi yang berbeda dari inventory".to_owned(),
        VisitError::TooSlow { seconds } => format!("memerlukan lebih dari {seconds} detik untuk semua permintaannya"),
        VisitError::Curl { exit, text } if text.is_empty() => format!("terputus (curl berakhir dengan {exit})"),
        VisitError::Curl { text, .. } | VisitError::Network { text } | VisitError::Other { text } => text.clone(),
        VisitError::UnderWay => "belum selesai".to_owned(),
    }
}

/// `di komputer ini a.b menuju ke 10.0.0.9, bukan ke web server (10.0.0.1)`.
pub fn name_elsewhere(elsewhere: &NameElsewhere) -> String {
    let NameElsewhere { domain, here, web } = elsewhere;
    format!("di komputer ini {domain} menuju ke {here}, bukan ke web server ({web})")
}

/// Why a site was seen from the web server itself only.
pub fn seen_from_web(web: &str, why: &Indirect) -> String {
    let why = match why {
        Indirect::Bastion { through } => format!("komputer ini hanya bisa mencapainya lewat {through}"),
        Indirect::ForwardedPort { at } => format!("komputer ini hanya bisa mencapainya lewat port terusan {at}"),
        Indirect::Playbook => {
            "playbook-nya bertanya di sana (dengan `hosts: controller`, komputer ini yang bertanya)".to_owned()
        }
    };
    format!("hanya dilihat dari {web} sendiri: {why}")
}

/// That browsers open a domain with https only, and what to do.
pub fn https_only(domain: &str, top_level: &str) -> Advice {
    let other = domain.strip_suffix(top_level).map_or_else(|| "NAMA.test".to_owned(), |name| format!("{name}test"));
    Advice {
        cause: format!(
            "tidak ada browser yang menampilkan http://{domain}/: browser membuka semua alamat di bawah .{top_level} hanya \
             dengan https (ada di daftar HSTS bawaan browser), sedangkan lab ini memakai http"
        ),
        next: format!("pakai domain lain untuk situs ini di `sites:`, misalnya {other}, lalu jalankan labctl up lagi"),
    }
}

/// That a domain ends in `.local`, and what to do.
pub fn multicast_dns(domain: &str) -> Advice {
    let other = domain.rsplit_once('.').map_or_else(|| "NAMA.test".to_owned(), |(name, _)| format!("{name}.test"));
    Advice {
        cause: format!(
            "Mac bisa menunggu beberapa detik setiap kali membuka http://{domain}/: nama di bawah .local milik multicast DNS, jadi Mac \
             bertanya ke jaringannya dulu sebelum memakai file hosts"
        ),
        next: format!("pakai domain lain untuk situs ini di `sites:`, misalnya {other}, lalu jalankan labctl up lagi"),
    }
}

fn asked_whom(asked: &Asked) -> String {
    match asked {
        Asked::Unknown => String::new(),
        Asked::Nobody => " (tidak ada server yang ditanya)".to_owned(),
        Asked::Server { host, port } => format!(" (yang ditanya: {host}:{port})"),
        Asked::Stranger(socket) => format!(" (yang ditanya: {socket})"),
    }
}
