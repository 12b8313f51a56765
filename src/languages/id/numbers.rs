//! Numbers in Indonesian.

use crate::languages::Numbers;

pub const NUMBERS: Numbers = Numbers {
    decimal: ",",
    second: "detik",
    minute: "menit",
    percent: "%",
    date: |m| {
        let month = MONTHS[usize::try_from(m.month).unwrap_or(1).clamp(1, 12) - 1];
        format!("{} {month} {} pukul {:02}.{:02} UTC", m.day, m.year, m.hour, m.minute)
    },
};

const MONTHS: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
