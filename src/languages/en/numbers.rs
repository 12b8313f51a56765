//! Numbers in English.

use crate::languages::Numbers;

pub const NUMBERS: Numbers = Numbers {
    decimal: ".",
    second: "s",
    minute: "min",
    percent: " %",
    date: |m| format!("{}-{:02}-{:02} {:02}:{:02} UTC", m.year, m.month, m.day, m.hour, m.minute),
};
