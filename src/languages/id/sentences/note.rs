//! Apa yang perlu diketahui selain hasil sebuah tugas.

use crate::languages::lists::indented;
use crate::model::event::{HostsNote, Note};

/// Apa yang perlu diketahui selain hasil sebuah tugas; bisa beberapa baris.
pub fn note(note: &Note) -> String {
    match note {
        Note::Words(text) => text.clone(),
        Note::HostsFile(note) => hosts_note(note),
    }
}

fn hosts_note(note: &HostsNote) -> String {
    match note {
        HostsNote::VisitorElsewhere { from, lines } => format!(
            "Anda masuk ke komputer ini dari {from}: peramban di sana membaca berkas hosts komputer itu, yang memerlukan\n{}\n\
             di /etc/hosts (Linux, macOS) atau C:\\Windows\\System32\\drivers\\etc\\hosts (Windows), sebagai administrator",
            indented(lines)
        ),
        HostsNote::Denied { path, lines, command, in_windows } => {
            let place = if *in_windows { " di PowerShell Windows yang dijalankan sebagai administrator" } else { "" };
            format!(
                "{} memerlukan baris ini:\n{}\nuntuk menambahkannya, tempelkan ini{place}:\n{}",
                path.display(),
                indented(lines),
                indented(command.lines())
            )
        }
        HostsNote::WithinWindows { path } => format!(
            "Linux ini berjalan di dalam Windows (WSL): peramban membaca {path}, dan WSL menulis ulang berkas komputer ini dari sana"
        ),
        HostsNote::CloudInit { path } => {
            format!(
                "cloud-init menulis ulang berkas hosts komputer ini dari {path} setiap kali menyala (manage_etc_hosts)"
            )
        }
    }
}
