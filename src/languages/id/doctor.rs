//! The doctor in Indonesian.

mod application;
mod login;
mod nginx;

use crate::languages::DoctorTexts;
use crate::model::layer::Layer;

pub const DOCTOR: DoctorTexts = DoctorTexts {
    sentences: &[login::SENTENCES, application::SENTENCES, nginx::SENTENCES],
    well: "tidak ada yang salah",
    asked: |machines, sites| format!("{machines} mesin, {sites} situs"),
    open: |things| {
        format!("semuanya melayani; `labctl check` menunjukkan {things} hal yang akan diatur lain oleh labctl")
    },
    found: |causes| format!("{causes} hal yang perlu dibetulkan, penyebab pertama lebih dulu"),
    here: "komputer ini",
    on: |host| format!("di {host}"),
    layer: |layer| match layer {
        Layer::Names => "nama",
        Layer::Login => "login",
        Layer::MachineFacts => "mesin",
        Layer::Network => "jaringan",
        Layer::Packages => "paket",
        Layer::Application => "aplikasi",
        Layer::Nginx => "nginx",
        Layer::Balance => "pembagian",
    },
    seen: "lihat",
    typed: |host| format!("ketik di {host}:"),
    consequence: |cause, host, sentence| format!("juga  {cause} di {host}, mungkin karena itu: {sentence}"),
    consequences: |n| format!("juga  {n} hal lain, mungkin karena itu (lihat dengan -v)"),
    again: "lalu periksa lagi:",
    visited: |url, met| format!("dari komputer ini, {url}: {met}"),
};
