//! What a drill came to, and which directive of nginx would change the number; or why it gave no figures.

use super::unreachable;
use super::visitor::visit_error;
use crate::model::event::{
    Drill, DrillFailure, DrillMode as Mode, Drilled, FaultError, Figures, LoggedError, NginxError, ProxyDirective,
    ProxyTimeouts, Turn, began_to_listen_before_it_answered,
};
use crate::model::name::BackendName;
use crate::model::symptom::Symptom;

/// What happened to visitors, and why. Older recordings hold it in words.
pub fn verdict(drilled: &Drilled) -> String {
    if let Some(verdict) = &drilled.verdict {
        return verdict.clone();
    }
    let Drilled { drill, figures, timeouts, logged, .. } = drilled;
    let mut text = happened(drill.mode, &drill.host, figures);
    if let Some(timeouts) = timeouts {
        text.push_str(&format!(" {}", why(drilled, timeouts)));
    }
    if !logged.is_empty() && figures.lost + figures.slow > 0 {
        text.push_str(&format!(" {}", log(logged)));
    }
    if drilled.keeps_promise() == Some(false) {
        text.push_str(PROMISE);
    }
    text
}

/// Why there are no figures.
pub fn failure(failure: &DrillFailure) -> String {
    match failure {
        DrillFailure::SiteFails { site, met } => {
            format!("tidak ada yang dirusak: http://{site}/ tidak menjawab dengan baik: {}", visit_error(met))
        }
        DrillFailure::Unnamed { site } => {
            format!("tidak ada yang dirusak: http://{site}/ tidak menyebut server mana yang menjawab (X-Upstream)")
        }
        DrillFailure::KeptElsewhere { host, answered } => format!(
            "tidak ada yang dirusak: {host} tidak pernah menjawab permintaan dari sini, karena ip_hash selalu mengirim \
             komputer ini ke {}; pilih server itu dengan --host",
            list(answered)
        ),
        DrillFailure::BesideTheProxy { host, mode: Mode::Reboot } => {
            format!("{} juga web server: selama ia reboot, tidak ada yang menjawab untuk situs mana pun", host.host())
        }
        DrillFailure::BesideTheProxy { host, .. } => format!(
            "{} juga web server: permintaan nginx di sana tidak pernah melewati jaringan, jadi tidak ada paket yang bisa dibuang",
            host.host()
        ),
        DrillFailure::OnOneMachine { host, site } => {
            format!(
                "semua backend {site} ada di {}: selama ia reboot, tidak ada lagi yang bisa menggantikan",
                host.host()
            )
        }
        DrillFailure::ServersMissing { site, hosts } => {
            format!("tidak ada yang dirusak: {} tidak menjawab untuk http://{site}/", list(hosts))
        }
        DrillFailure::NotReached { host, why } => format!("gangguannya tidak terjadi: {}", fault_error(host, why)),
        DrillFailure::NotRestored { host, why } => format!("belum pulih: {}", fault_error(host, why)),
        DrillFailure::Unreachable { unreachable } => unreachable::reason(unreachable),
        DrillFailure::Interrupted => "dihentikan".to_owned(),
        DrillFailure::Defect { text } => format!("ada kesalahan di labctl: {text}"),
        DrillFailure::Other { reason } => reason.clone(),
    }
}

fn fault_error(host: &BackendName, why: &FaultError) -> String {
    match why {
        FaultError::Busy => format!("{host}: di sana sedang berlangsung latihan lain"),
        FaultError::Reported { text } => format!("{host}: {text}"),
        FaultError::LinkLost { lost } => format!("{host}: {}", unreachable::reason(lost)),
        FaultError::BrokeOff => format!("{host}: shell-nya terputus"),
        FaultError::Late => format!("{host}: gangguannya tidak terjadi tepat waktu"),
        FaultError::NoAnswer => format!("{host}: tidak menjawab"),
        FaultError::NotRebooted => format!("{host}: belum reboot"),
        FaultError::StillAnswers => format!("{host} terus menjawab"),
        FaultError::NotBack => format!("{host} belum menjawab lagi untuk situsnya"),
    }
}

fn list(hosts: &[BackendName]) -> String {
    hosts.iter().map(BackendName::as_str).collect::<Vec<_>>().join(", ")
}

fn happened(mode: Mode, broken: &BackendName, figures: &Figures) -> String {
    let did = match mode {
        Mode::Stop => "dihentikan",
        Mode::Kill => "dimatikan paksa",
        Mode::Freeze => "dibekukan",
        Mode::Drop => "diputus dari jaringan",
        Mode::Reboot => "di-reboot",
    };
    let time = |ms| super::super::LANGUAGE.numbers.brief(ms);
    let noticed = match (figures.lost, figures.slow) {
        (0, 0) => format!("pengunjung tidak merasakan apa-apa (jawaban paling lambat {} ms)", figures.max_ms),
        (0, slow) => format!(
            "tidak ada permintaan yang hilang, tetapi {slow} dari {} harus menunggu, paling lama {}",
            figures.sent,
            time(figures.max_ms)
        ),
        (lost, slow) => {
            let slow = match slow {
                0 => String::new(),
                slow => format!("; {slow} menunggu, paling lama {}", time(figures.max_ms)),
            };
            let why = super::super::LANGUAGE.losses(&figures.lost_why);
            format!("{lost} dari {} permintaan hilang ({why}){slow}", figures.sent)
        }
    };
    format!("{broken} {did} dan tidak menjawab selama {}: {noticed}.", time(figures.silent_ms))
}

pub fn turn(turn: &Turn) -> String {
    match turn {
        Turn::Load { rate, site } => format!("{rate} permintaan per detik ke http://{site}/"),
        Turn::Note { host, text } => format!("{host}: {text}"),
        Turn::Broken { host, mode, limit_s: None } => format!("{host}: {}", mode.word()),
        Turn::Broken { host, mode, limit_s: Some(limit) } => {
            format!(
                "{host}: {} (pengatur waktu di mesin itu mengakhirinya setelah {limit} detik, juga tanpa labctl)",
                mode.word()
            )
        }
        Turn::Ejected { host } => format!("nginx mengeluarkan {host}: selama satu detik tidak ada permintaan ke sana"),
        Turn::Undoing { host, mode } => {
            let how = match mode {
                Mode::Stop => "pm2 restart",
                Mode::Kill => "pm2 boleh menjalankannya lagi",
                Mode::Freeze => "proses-prosesnya berjalan lagi",
                Mode::Drop => "paket diterima lagi",
                Mode::Reboot => "menunggu sampai selesai booting",
            };
            format!("{host}: {how}")
        }
        Turn::Back { host, took_ms } => {
            format!("{host} menjawab lagi, {} kemudian", super::super::LANGUAGE.numbers.brief(*took_ms))
        }
        Turn::Worded { text, .. } => text.clone(),
    }
}

fn why(drilled: &Drilled, timeouts: &ProxyTimeouts) -> String {
    let Drilled { drill: Drill { mode, host: broken, .. }, figures, logged, .. } = drilled;
    let ejected = figures.ejected_ms.map_or_else(
        || "nginx tidak pernah mengeluarkannya selama satu detik penuh".to_owned(),
        |ms| format!("nginx mengeluarkannya setelah {}", super::super::LANGUAGE.numbers.brief(ms)),
    );
    let ProxyTimeouts { connect, read, max_fails, fail_timeout } = timeouts;
    let (connect, read) = (directive(connect), directive(read));
    if figures.lost > 0 {
        // Of many causes, the most frequent one; the table of symptoms has them all.
        let most = figures.lost_why.most_telling().and_then(|(error, _)| Symptom::of(error));
        // What nginx itself wrote down follows this, and needs no guess.
        let cause = most
            .filter(|_| logged.is_empty())
            .map(|symptom| format!(" Penyebabnya: {}.", super::symptom::row(symptom).0));
        return format!(
            "{ejected}. `proxy_next_upstream` menentukan apa yang dicoba lagi di server lain, `proxy_next_upstream_tries` \
             dan `_timeout` menentukan berapa kali dan berapa lama.{}",
            cause.unwrap_or_default()
        );
    }
    match *mode {
        Mode::Stop | Mode::Kill | Mode::Reboot if figures.slow == 0 => format!(
            "{ejected}: port yang tertutup langsung menolak, jadi permintaannya dialihkan ke server lain \
             (`proxy_next_upstream`), dan `max_fails={max_fails} fail_timeout={fail_timeout}` menjauhkan permintaan \
             berikutnya."
        ),
        Mode::Stop | Mode::Kill | Mode::Reboot => {
            format!(
                "{ejected}. {}",
                slow_though_refused(
                    broken,
                    figures,
                    began_to_listen_before_it_answered(logged, broken),
                    &connect,
                    &read
                )
            )
        }
        Mode::Freeze => format!(
            "{ejected}. Server yang dibekukan masih menerima sambungan, jadi hanya ketiadaan jawaban yang menandainya: \
             lamanya menunggu adalah `proxy_read_timeout` {read}, dan nilai yang lebih kecil memperpendeknya. nginx versi \
             terbuka tidak memeriksa servernya sendiri: harus ada pengunjung yang mengalaminya dulu."
        ),
        Mode::Drop => format!(
            "{ejected}. Paket yang dibuang tidak memberi kabar apa-apa, jadi harus ada batas waktu: \
             `proxy_connect_timeout` {connect} untuk sambungan baru, `proxy_read_timeout` {read} untuk sambungan yang sudah \
             ada; nilai yang lebih kecil memperpendek waktu tunggu. nginx versi terbuka tidak memeriksa servernya sendiri: \
             harus ada pengunjung yang mengalaminya dulu."
        ),
    }
}

/// Why requests were slow although a stopped server's port refuses at once: what was measured shows where they waited.
fn slow_though_refused(broken: &BackendName, figures: &Figures, compiles: bool, connect: &str, read: &str) -> String {
    let Figures { slow, slow_at_broken: own, slow_moved: moved, .. } = figures;
    let mut text = Vec::new();
    if *own > 0 {
        text.push(format!(
            "{own} dari {slow} jawaban yang lambat datang dari {broken} sendiri: server itu sudah menerima sambungan sebelum \
             halamannya siap (misalnya aplikasi yang dikompilasi saat dijalankan), dan server yang menerima sambungan langsung \
             dipakai lagi. Selama `proxy_read_timeout` {read} nginx menunggu halaman seperti itu."
        ));
    }
    if *moved > 0 && compiles {
        text.push(format!(
            "{moved} dari {slow} permintaan yang lambat sampai di {broken} ketika server itu sudah menerima sambungan lagi, \
             tetapi belum punya halaman (misalnya aplikasi yang dikompilasi saat dijalankan): nginx menunggu \
             `proxy_read_timeout` {read}, lalu bertanya ke server lain. Satu pengunjung setiap `fail_timeout` harus \
             mengalaminya; dengan `labctl up` tidak ada yang mengalaminya, karena servernya tidak mendapat giliran selama \
             dinyalakan."
        ));
    } else if *moved > 0 {
        text.push(format!(
            "{moved} dari {slow} permintaan yang lambat menunggu {broken} dengan sia-sia sebelum server lain menjawab: mesin \
             yang sedang mati atau menyala belum tentu menolak, jadi `proxy_connect_timeout` {connect} dan \
             `proxy_read_timeout` {read} yang harus mengakhiri waktu tunggunya."
        ));
    }
    if text.is_empty() {
        text.push(format!(
            "Tidak satu pun dari {slow} permintaan yang lambat dikirim ke {broken}: server lainlah yang terlambat menjawab."
        ));
    }
    text.join(" ")
}

/// What nginx wrote down, for whoever was lost or waited.
fn log(logged: &[LoggedError]) -> String {
    let each = |each: &LoggedError| {
        let host = each.host.as_ref().map_or("sebuah server", BackendName::as_str);
        let text = match &each.what {
            NginxError::Refused => format!("{host} menolak sambungan"),
            NginxError::ConnectTimeout => format!("{host} tidak menerima sambungan tepat waktu"),
            NginxError::AnswerTimeout => format!("{host} menerima sambungan tetapi tidak menjawab tepat waktu"),
            NginxError::Closed => format!("{host} menutup sambungan tanpa menjawab"),
            NginxError::NoRoute => format!("tidak ada jalan ke {host}"),
            NginxError::NobodyLeft => {
                "tidak ada lagi server yang bisa ditanya, karena semuanya gagal dalam `fail_timeout` terakhir"
                    .to_owned()
            }
            NginxError::Other { text } => format!("{host}: {text}"),
        };
        format!("{} × {text}", each.count)
    };
    let most: Vec<String> = logged.iter().take(5).map(each).collect();
    format!("Log kesalahan nginx pada saat itu: {}.", most.join("; "))
}

const PROMISE: &str = " Template bawaan labctl menjanjikan bahwa tidak ada permintaan yang hilang dan tidak ada yang menunggu \
                       lebih dari 3,5 detik: kali ini janji itu tidak ditepati.";

fn directive(directive: &ProxyDirective) -> String {
    let ProxyDirective { value, default } = directive;
    if *default { format!("{value} (bawaan nginx)") } else { value.clone() }
}
