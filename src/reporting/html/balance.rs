//! Who answered how much of many requests, beside what the balance method promises.

use super::super::run_report::RunReport;
use super::{prose, text};
use crate::languages::Language;
use crate::model::event::{Balance, Share};
use crate::model::page::table;

/// All that was counted.
pub fn section(run: &RunReport, language: &Language) -> String {
    run.balances.iter().map(|balance| site(balance, language)).collect()
}

fn site(balance: &Balance, language: &Language) -> String {
    let words = &language.report.balance;
    let (class, sign) = if balance.holds() { ("good", "✓") } else { ("bad", "✗") };
    let mut rows: Vec<Vec<String>> = balance.backends.iter().map(|share| row(balance, share, language)).collect();
    for (address, n) in &balance.strangers {
        let name = if address.is_empty() { words.nameless } else { address };
        rows.push(vec![text(name), bar(*n, balance.sent, None, language), n.to_string(), text(words.stranger)]);
    }
    let lost = match balance.lost() {
        0 => text(words.none_lost),
        lost => {
            format!("<strong>{}</strong>: {}.", text(&(words.lost)(lost)), text(&language.losses(&balance.lost_why)))
        }
    };
    format!(
        "<h3>{}</h3>\n<p><span class=\"badge {class}\"><span aria-hidden=\"true\">{sign} </span>{}</span> {}</p>\n{}<p class=\"soft\">{} {lost}</p>\n",
        text(&balance.site),
        if balance.holds() { words.holds } else { words.off },
        prose(&language.balance_verdict(balance)),
        table(&(words.caption)(&balance.site), &words.heads, &rows),
        text(&(words.sent)(balance.sent, &balance.method)),
    )
}

fn row(balance: &Balance, share: &Share, language: &Language) -> Vec<String> {
    let words = &language.report.balance;
    let weight = if share.weight == 1 { String::new() } else { (words.weight)(share.weight) };
    let promised =
        if share.least == share.most { share.least.to_string() } else { (words.range)(share.least, share.most) };
    vec![
        format!("{} <span class=\"soft\">{}{weight}</span>", text(share.host.as_str()), text(&share.address)),
        bar(share.answered, balance.sent, Some((share.least, share.most)), language),
        share.answered.to_string(),
        promised,
    ]
}

/// A bar as long as the share, with what was promised as a frame behind it.
fn bar(answered: u64, sent: u64, promised: Option<(u64, u64)>, language: &Language) -> String {
    #[allow(clippy::cast_precision_loss)] // counts of requests are small
    let percent = |n: u64| (100.0 * n as f64 / sent.max(1) as f64).min(100.0);
    let frame = promised.map_or_else(String::new, |(least, most)| {
        let (from, to) = (percent(least), percent(most).max(percent(least) + 0.5));
        format!("<rect class=\"promised\" x=\"{from:.1}\" y=\"0\" width=\"{:.1}\" height=\"14\"/>", to - from)
    });
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"14\"/>\
         <rect class=\"filled\" y=\"3\" width=\"{:.1}\" height=\"8\"/>{frame}</svg> {}",
        percent(answered),
        language.numbers.percent(percent(answered))
    )
}
