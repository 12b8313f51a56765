//! Apa yang perlu diketahui tentang berkas sebuah kelas.

use crate::languages::lists::listed;
use crate::model::classroom::{ClassNotice, GradebookNotice};

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

/// Satu baris tersendiri, atau lanjutan nama berkasnya.
pub fn gradebook_notice(notice: &GradebookNotice) -> String {
    match notice {
        GradebookNotice::NotInFile { student } => format!(
            "{student} mendapat nilai tetapi tidak ada barisnya: tambahkan pengenal yang dipakai berkas itu ke daftar siswa \
             (`lms_id`, `email`)"
        ),
        GradebookNotice::Ambiguous { student, lines } => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            match &lines[..] {
                [line] => format!("baris {line} mungkin milik {student}, mungkin juga milik yang lain: tambahkan `lms_id` ke daftar siswa"),
                _ => format!("baris {} semuanya mungkin milik {student}: tambahkan `lms_id` ke daftar siswa", lines.join(", ")),
            }
        }
        GradebookNotice::NotGraded { line, name, student: Some(student) } => {
            format!("baris {line}: {name} ({student}) belum bernilai, dan barisnya dibiarkan seperti semula")
        }
        GradebookNotice::NotGraded { line, name, student: None } => {
            format!("baris {line}: {name} tidak dapat dipastikan ada di daftar siswa, dan barisnya dibiarkan seperti semula")
        }
        GradebookNotice::Excused { student, line } => {
            format!("baris {line}: {student} dibebaskan dari tugas ini, dan tetap demikian")
        }
        GradebookNotice::NotAssigned { student, line } => {
            format!("baris {line}: {student} tidak mendapat tugas ini, dan barisnya dibiarkan seperti semula")
        }
        GradebookNotice::AboveMaximum { student, points, maximum } => format!(
            "{student} mendapat {points} poin, padahal batasnya {maximum}: seluruh berkas mungkin ditolak saat diimpor"
        ),
        GradebookNotice::LettersLost { student } => format!(
            "pengodean lama berkas ini tidak memuat beberapa huruf umpan balik untuk {student}: huruf itu menjadi tanda tanya; \
             ekspor sebagai UTF-8"
        ),
        GradebookNotice::NoFeedbackColumn => {
            "berkas ini tidak punya kolom umpan balik: ekspor dari Moodle beserta umpan balik, kalau tidak siswa hanya melihat \
             poinnya"
                .to_owned()
        }
        GradebookNotice::NotIdentified { student } => format!(
            "{student} tidak ada di berkas: daftar siswa tidak memuat pengenal yang dipakai Moodle untuk siswa lain (`lms_id`, \
             `email`)"
        ),
    }
}
