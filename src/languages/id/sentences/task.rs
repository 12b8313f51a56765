//! Mengapa tugas dan langkah berakhir begitu, dan apa yang dikatakan mesin sementara itu.

use crate::model::event::{Reason, Remark};
use crate::model::name::HostName;

/// Mengapa sebuah tugas gagal, dilewati, atau belum diketahui, atau sebuah langkah tidak dimulai.
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Exit { status } => format!("berakhir dengan status {status}"),
        Reason::Unverified => "sudah dikerjakan, tetapi keadaannya belum seperti yang diminta".to_owned(),
        Reason::TookTooLong { seconds } => format!("berjalan lebih lama dari {seconds} dtk"),
        Reason::SaidNothing { seconds } => format!("tidak mencetak apa pun selama {seconds} dtk"),
        Reason::PrintedTooMuch { megabytes } => format!("mencetak lebih dari {megabytes} MB"),
        Reason::EngineKilled => "skrip labctl di mesin itu dimatikan".to_owned(),
        Reason::StoppedByUser => "dihentikan oleh pengguna".to_owned(),
        Reason::Interrupted => "dihentikan".to_owned(),
        Reason::HostLost => "mesinnya hilang di tengah pekerjaan".to_owned(),
        Reason::NothingSaid => "skrip di mesin itu selesai tanpa sepatah kata pun tentangnya".to_owned(),
        Reason::InTheWay { .. } => "ada yang menghalangi".to_owned(),
        Reason::DoesNotHold => "keadaannya tidak seperti yang diminta".to_owned(),
        Reason::Until { task, host: None } => format!("baru bisa diketahui setelah `{task}` selesai"),
        Reason::Until { task, host: Some(host) } => {
            format!("baru bisa diketahui setelah `{task}` selesai di {}", label(host))
        }
        Reason::UntilReached { host } => format!("baru bisa diketahui setelah {} terjangkau", label(host)),
        Reason::EarlierFailure => "ada yang gagal sebelumnya".to_owned(),
        Reason::TaskFailed { task, host } => format!("`{task}` gagal di {}", label(host)),
        Reason::TaskSkipped { task, host } => format!("`{task}` tidak dimulai di {}", label(host)),
        Reason::NotReached { host } => format!("{} tidak terjangkau", label(host)),
        Reason::TooManyFailed { failed, of, most } => {
            format!("tidak dimulai: {failed} dari {of} mesin gagal, sedangkan --max-fail adalah {most}")
        }
        Reason::RunEnded => "pekerjaannya sudah berakhir".to_owned(),
        Reason::SitesFail => "tidak semua situs menjawab seperti seharusnya".to_owned(),
        Reason::NoWayToWeb { web } => {
            format!("komputer ini tidak punya jalan ke {web}, yang tidak ikut dalam pekerjaan ini")
        }
        Reason::NoIpAddress => "alamat server web bukan alamat IP, padahal file hosts membutuhkannya".to_owned(),
        Reason::HostsFileDenied { path } => format!("tidak ada izin untuk mengubah {}", path.display()),
        Reason::NotForThisComputer { verb } => format!("`{verb}` bekerja di mesin, bukan di komputer ini"),
        Reason::WebLost => "server web tidak terjangkau lagi; server-server sesudahnya dibiarkan apa adanya".to_owned(),
        Reason::NotBack { output } if output.is_empty() => {
            "server web tidak mendapat halamannya; server-server sesudahnya dibiarkan apa adanya".to_owned()
        }
        Reason::NotBack { output } => format!("{output}; server-server sesudahnya dibiarkan apa adanya"),
        Reason::Words(text) => text.clone(),
    }
}

/// Apa yang dikatakan sebuah mesin, untuk diletakkan setelah namanya.
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::Waits { by } => format!("menunggu pekerjaan lain: {by}"),
        Remark::Receives { id, kilobytes } => format!("menerima {id} ({kilobytes} KB)"),
        Remark::OutOfTurns { web } => format!("{web} tidak mengirim pengunjung kepadanya selama ia diubah"),
        Remark::BackInTurns { web } => format!("{web} mendapat halamannya, dan kembali mengirim pengunjung kepadanya"),
        Remark::Words(text) => text.clone(),
    }
}

fn label(host: &HostName) -> &str {
    if host.is_controller() { "komputer ini" } else { host.as_str() }
}
