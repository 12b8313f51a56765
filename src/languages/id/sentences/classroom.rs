//! Apa yang perlu diketahui tentang berkas sebuah kelas.

use crate::languages::lists::listed;
use crate::model::classroom::ClassNotice;

/// Satu baris tersendiri, atau lanjutan sebuah baris.
pub fn class_notice(notice: &ClassNotice) -> String {
    match notice {
        ClassNotice::Windows1252 { file } => format!(
            "{file} bukan UTF-8 dan dibaca dengan pengodean lama Windows: periksa apakah huruf beraksen sudah benar, atau \
             simpan sebagai \"CSV UTF-8\""
        ),
        ClassNotice::TestStudent { file, line } => {
            format!("{file}:{line}: dilewati: siswa percobaan buatan Canvas, bukan orang sungguhan")
        }
        ClassNotice::UnusedColumns { file, columns } => {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            format!("{file}: kolom berikut tidak dipakai labctl: {}", listed(&columns, ", "))
        }
    }
}
