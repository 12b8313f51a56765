//! The doctor in Indonesian.

mod application;
mod here;
mod login;
mod nginx;

use crate::languages::DoctorTexts;
use crate::model::computer::{About, PartState};
use crate::model::layer::Layer;

pub const DOCTOR: DoctorTexts = DoctorTexts {
    sentences: &[here::SENTENCES, login::SENTENCES, application::SENTENCES, nginx::SENTENCES],
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
        Layer::Machine => "mesin",
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
    no_inventory: "tidak ada inventory yang disebut, dan di folder ini juga tidak ada",
    ready: "tidak ada yang menghalangi sebuah lab",
    prevented: |things| format!("{things} hal menghalangi lab apa pun"),
    about: |part| match part {
        About::System => "sistem",
        About::Ssh => "ssh",
        About::Agent => "agent",
        About::Keys => "kunci",
        About::Git => "git",
        About::HostsFile => "berkas hosts",
        About::Names => "nama",
        About::Sandbox => "sandbox",
        About::Machines => "mesin virtual",
        About::Memory => "memori",
        About::Disk => "disk",
    },
    state: |state| match state {
        PartState::Well => "baik",
        PartState::Noted => "catatan",
        PartState::Wrong => "salah",
        PartState::Prevents => "halangan",
    },
    type_here: "ketik",
    ways: "selanjutnya:",
};
