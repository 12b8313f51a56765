//! How a site shares out its requests, for people.

use super::sentences::balance::{shares, verdict};
use super::sentences::visitor::name_elsewhere;
use super::text::sanitize;
use crate::languages::{Advice, ENGLISH};
use crate::model::event::Balance;
use crate::model::symptom::Symptom;
use crate::model::visitor::{Asked, NameElsewhere};

/// One site: a line for each backend, and what it comes to; `web` is the web server's name. `elsewhere` says that its
/// name means another address on this computer.
pub fn balance(balance: &Balance, elsewhere: Option<&NameElsewhere>, web: &str, quiet: bool) -> String {
    let mut lines = Vec::new();
    let holds = balance.holds();
    let sign = if holds { "✓" } else { "✗" };
    if !quiet || !holds {
        lines.push(format!("{sign} http://{}/  {}: {}", balance.site, shares(balance), verdict(balance)));
        // Where nobody answered, shares say nothing.
        let shared = balance.backends.len() > 1 && balance.lost() < balance.sent;
        let width = balance.backends.iter().map(|share| share.host.as_str().len()).max().unwrap_or(0);
        for share in balance.backends.iter().filter(|_| shared) {
            let bar = "█".repeat(usize::try_from(share.answered * 40 / balance.sent.max(1)).unwrap_or(0));
            let promised = match balance.method.as_str() {
                "ip_hash" => String::new(),
                _ => format!("  ({} to {})", share.least, share.most),
            };
            lines.push(format!("    {:<width$}  {:>5}{promised}  {bar}", share.host, share.answered));
        }
        let advice = balance.fault().and_then(|fault| ENGLISH.balance_advice(&fault, web));
        lines.extend(advice.iter().flat_map(advised));
    }
    if let Some(elsewhere) = elsewhere {
        lines.push(format!("  ? {}", name_elsewhere(elsewhere)));
        lines.extend(advised(&ENGLISH.advice(Symptom::NameElsewhere, web, &Asked::Unknown)));
    }
    lines.iter().map(|line| format!("{}\n", sanitize(line).trim_end())).collect()
}

fn advised(advice: &Advice) -> [String; 2] {
    [format!("    cause: {}", advice.cause), format!("    {}: {}", ENGLISH.sentences.next, advice.next)]
}
