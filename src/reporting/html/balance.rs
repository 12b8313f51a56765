//! Who answered how much of many requests, beside what the balance method promises.

use super::super::run_report::Told;
use super::{prose, text};
use crate::model::event::{Balance, Share};
use crate::model::page::table;

/// All that was counted.
pub fn section(told: &Told) -> String {
    told.balances.iter().map(site).collect()
}

fn site(balance: &Balance) -> String {
    let (class, sign) = if balance.holds { ("good", "✓") } else { ("bad", "✗") };
    let mut rows: Vec<Vec<String>> = balance.backends.iter().map(|share| row(balance, share)).collect();
    for (address, n) in &balance.strangers {
        let name = if address.is_empty() { "(no address named)" } else { address };
        rows.push(vec![
            text(name),
            bar(*n, balance.sent, None),
            n.to_string(),
            "0: no backend of this site".to_owned(),
        ]);
    }
    let why: Vec<String> = balance.lost_why.iter().map(|(why, n)| format!("{n} × {}", text(why))).collect();
    let lost = match balance.lost {
        0 => "None was lost.".to_owned(),
        lost => format!("<strong>{lost} lost</strong>: {}.", why.join(", ")),
    };
    format!(
        "<h3>{}</h3>\n<p><span class=\"badge {class}\"><span aria-hidden=\"true\">{sign} </span>{}</span> {}</p>\n{}<p class=\"soft\">{} requests, {}. {lost}</p>\n",
        text(&balance.site),
        if balance.holds { "as promised" } else { "not as promised" },
        prose(&balance.why),
        table(&format!("Who answered for {}", balance.site), &["backend", "share", "answers", "promised"], &rows),
        balance.sent,
        text(&balance.method),
    )
}

fn row(balance: &Balance, share: &Share) -> Vec<String> {
    let weight = if share.weight == 1 { String::new() } else { format!(", weight {}", share.weight) };
    let promised =
        if share.least == share.most { share.least.to_string() } else { format!("{} to {}", share.least, share.most) };
    vec![
        format!("{} <span class=\"soft\">{}{weight}</span>", text(share.host.as_str()), text(&share.address)),
        bar(share.answered, balance.sent, Some((share.least, share.most))),
        share.answered.to_string(),
        promised,
    ]
}

/// A bar as long as the share, with what was promised as a frame behind it.
fn bar(answered: u64, sent: u64, promised: Option<(u64, u64)>) -> String {
    #[allow(clippy::cast_precision_loss)] // counts of requests are small
    let percent = |n: u64| (100.0 * n as f64 / sent.max(1) as f64).min(100.0);
    let frame = promised.map_or_else(String::new, |(least, most)| {
        let (from, to) = (percent(least), percent(most).max(percent(least) + 0.5));
        format!("<rect class=\"promised\" x=\"{from:.1}\" y=\"0\" width=\"{:.1}\" height=\"14\"/>", to - from)
    });
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"14\"/>\
         <rect class=\"filled\" y=\"3\" width=\"{0:.1}\" height=\"8\"/>{frame}</svg> {0:.0} %",
        percent(answered)
    )
}
