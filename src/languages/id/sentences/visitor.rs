//! What a visitor met instead of the page.

use crate::model::visitor::{Asked, VisitError};

/// In a clause that can follow a site's name: `menjawab 502 (dari app1:3000)`.
pub fn visit_error(error: &VisitError) -> String {
    match error {
        VisitError::NameNotFound { name, text } if text.is_empty() => format!("{name} tidak punya alamat"),
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

fn asked_whom(asked: &Asked) -> String {
    match asked {
        Asked::Unknown => String::new(),
        Asked::Nobody => " (tidak ada server yang ditanya)".to_owned(),
        Asked::Server { host, port } => format!(" (yang ditanya: {host}:{port})"),
        Asked::Stranger(socket) => format!(" (yang ditanya: {socket})"),
    }
}
