//! Who answered how much of many requests, beside what the balance method promises.

use super::super::run_report::RunReport;
use super::{prose, text};
use crate::languages::Language;
use crate::model::event::{Balance, Share, Sighting};
use crate::model::page::table;
use crate::model::visitor::SeenFrom;

/// All that was counted.
pub fn section(run: &RunReport, language: &Language) -> String {
    run.balances.iter().map(|seen| site(seen, language)).collect()
}

fn site(seen: &Sighting, language: &Language) -> String {
    let (words, balance) = (&language.report.balance, &seen.balance);
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
    ) + &from(seen, language)
}

/// From where it was seen, and what is to be known of it.
fn from(seen: &Sighting, language: &Language) -> String {
    let here = match &seen.from {
        Some(SeenFrom::ThisComputer { address: Some(address), .. }) => {
            format!("<p class=\"soft\">{}</p>\n", text(&(language.report.balance.seen_here)(&address.to_string())))
        }
        _ => String::new(),
    };
    let warnings = seen.warnings().into_iter().map(|warning| language.warning(seen, &warning).join("; "));
    let warned = |line: String| {
        let word = language.report.balance.warning;
        format!("<p><span class=\"badge\">{word}</span> {}</p>\n", prose(&line))
    };
    here + &warnings.map(warned).collect::<String>()
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
