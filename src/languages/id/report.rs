//! The page of a run in Indonesian.

use crate::languages::{
    BalanceTexts, CommonTexts, CurveTexts, DrillTexts, HeadTexts, PartTexts, ReportTexts, RunTexts,
};

pub const REPORT: ReportTexts = ReportTexts {
    parts: PartTexts {
        status: "Status",
        lab: "Lab",
        timeline: "Garis waktu",
        balance: "Pembagian permintaan",
        drill: "Latihan gangguan",
        tasks: "Tugas",
        trouble: "Yang bermasalah",
    },
    head: HEAD,
    common: CommonTexts {
        picture: "Lab sebagai gambar",
        not_finished: "belum selesai",
        letters_left_out: |n| format!("… {n} huruf tidak ditampilkan di sini; selengkapnya ada di rekaman …"),
        made_by: |version, recording| format!("Dibuat oleh labctl {version} dari rekaman <code>{recording}</code>."),
        never: "tidak pernah",
    },
    run: RUN,
    balance: BalanceTexts {
        holds: "sesuai",
        off: "tidak sesuai",
        caption: |site| format!("Siapa yang menjawab untuk {site}"),
        heads: ["server", "bagian", "jawaban", "seharusnya"],
        nameless: "(tanpa alamat)",
        stranger: "0: bukan server situs ini",
        range: |least, most| format!("{least} sampai {most}"),
        weight: |weight| format!(", bobot {weight}"),
        sent: |sent, method| format!("{sent} permintaan, {method}."),
        seen_here: |address| {
            format!(
                "Dilihat dari komputer yang menjalankan labctl, di {address}, seperti browser di sana menemukannya."
            )
        },
        warning: "peringatan",
        none_lost: "Tidak ada yang hilang.",
        lost: |n| format!("{n} hilang"),
    },
    drill: DRILL,
    curves: CurveTexts {
        drawn: |time| {
            format!(
                "Jawaban setiap server, waktu tunggu, dan permintaan yang hilang selama {time}; tabel di bawahnya menunjukkan hal yang sama"
            )
        },
        most_a_second: |n| format!("sampai {n}/detik"),
        lost_and_waiting: "hilang, menunggu",
        none: "tidak ada",
        most: |n| format!("paling banyak {n}"),
        lost: "hilang",
        waiting: "menunggu",
        waiting_time: "waktu tunggu",
        lines: ["paling lambat", "99 dari 100", "separuh"],
        turns: ["gangguan dimulai", "server dikeluarkan", "gangguan diakhiri", "server menjawab lagi"],
    },
};

const HEAD: HeadTexts = HeadTexts {
    parts: "Bagian halaman ini",
    incomplete: "Laporan ini tidak lengkap.",
    tasks_failed: |n| format!("{n} tugas gagal"),
    unreachable: |first, more| {
        let others = if more == 0 { String::new() } else { format!(" dan {more} mesin lain") };
        format!("{first}{others} tidak terjangkau")
    },
    nothing_drilled: "Tidak ada latihan yang dijalankan",
    sites_off: |n| format!("Pembagian permintaan di {n} situs tidak sesuai"),
    interrupted: "Dihentikan di tengah jalan",
    cut: "Rekamannya tidak lengkap",
    would_change: |n| format!("{n} hal akan berubah"),
    nothing_would_change: "Tidak ada yang akan berubah",
    sites_hold: "Pembagian permintaan di semua situs sesuai",
    changed: |n| format!("Semuanya beres: {n} hal diubah"),
    in_place: "Semuanya memang sudah beres",
    drills_failed: |n| format!("{n} latihan tidak memberi hasil"),
    requests_lost: |lost, sent| format!("{lost} dari {sent} permintaan hilang"),
    requests_slow: |slow, sent| format!("Tidak ada permintaan yang hilang, tetapi {slow} dari {sent} harus menunggu"),
    unnoticed: |sent| format!("Pengunjung tidak merasakan apa-apa: {sent} permintaan dijawab"),
    run: |run| {
        let (did, changed) = if run.check { ("memeriksa", "akan berubah") } else { ("mengerjakan", "diubah") };
        let list = run.list(["sudah beres", changed, "gagal", "dilewati", "belum diketahui"]);
        let of = if run.tasks == 0 { String::new() } else { format!(": dari {} tugas, {list}", run.tasks) };
        format!("labctl {} {did} {} mesin selama {}{of}.", run.verb, run.machines, run.took)
    },
    drills: |count, modes, first, took| {
        format!(
            "{count} gangguan pada {} dengan {} permintaan per detik ke http://{}/ ({modes}), selama {took}.",
            first.host, first.rate, first.site,
        )
    },
    balances: |sent, sites, took| {
        format!("{sent} permintaan ke {sites} situs dalam {took}, dihitung menurut siapa yang menjawab.")
    },
    halted: |failed, hosts, max_fail| {
        format!(
            "{failed} dari {hosts} mesin gagal atau tidak terjangkau, lebih dari --max-fail {max_fail}: tidak ada lagi yang dimulai"
        )
    },
};

const RUN: RunTexts = RunTexts {
    step: "langkah",
    host: "mesin",
    steps: "Hasil setiap langkah di setiap mesin",
    no_part: "tidak ikut langkah ini",
    reached: |hosts| format!("Terhubung: {hosts}."),
    unreachable: |host, why| format!("<strong>{host}</strong> tidak terjangkau: {why}"),
    failed: |task, host, step, why| {
        format!("<strong>{task}</strong> di <strong>{host}</strong>, pada langkah {step}: {why}")
    },
    drill_failed: |mode, why| format!("Latihan <strong>{mode}</strong>: {why}"),
    what_to_do: "Yang perlu dilakukan:",
    note: |note| format!("Catatan: {note}"),
    diff: "Yang berubah di berkasnya:",
    output: "Yang ditampilkan programnya:",
    drawing: "Garis waktu sebagai gambar",
    drawn: "Kapan setiap langkah berjalan, satu jalur untuk setiap mesin; tabel di bawahnya menunjukkan hal yang sama",
    on: |step, host| format!("{step} di {host}"),
    as_table: "Garis waktu sebagai tabel",
    when: "Kapan setiap langkah berjalan",
    began: "dimulai setelah",
    took: "lamanya",
    outcome: "hasil",
};

const DRILL: DrillTexts = DrillTexts {
    compared: "Perbandingan gangguan",
    heads: [
        "gangguan",
        "dikirim",
        "hilang",
        "menunggu",
        "jeda terlama",
        "p50",
        "p99",
        "paling lambat",
        "dikeluarkan setelah",
        "menjawab lagi setelah",
    ],
    defaults: ", dengan pengaturan bawaan nginx",
    asked: |drill| {
        format!(
            "{} permintaan per detik ke http://{}/, gangguan selama {} detik.",
            drill.rate, drill.site, drill.seconds,
        )
    },
    no_figures: |why| format!("Tidak ada hasil: {why}"),
    cut: "Rekamannya berakhir sebelum latihan ini selesai.",
    figures: [
        "dikirim",
        "hilang",
        "menunggu lebih dari 1 detik",
        "tanpa jawaban paling lama",
        "separuhnya dalam",
        "99 dari 100 dalam",
        "paling lambat",
        "dikeluarkan setelah",
        "menjawab lagi setelah",
    ],
    shares: "Siapa menjawab berapa banyak",
    shares_heads: ["kapan", "bagian"],
    shares_rows: ["sebelum gangguan", "selama gangguan", "sesudahnya"],
    curves: |number, mode| format!("Kurva latihan {number} {mode}"),
    as_table: "Kurva sebagai tabel, detik demi detik",
    by_second: "Beban, detik demi detik",
    second_heads: ["detik", "dikirim"],
    last_heads: ["hilang", "masih menunggu", "p50", "p99", "paling lambat", "yang terjadi"],
};
