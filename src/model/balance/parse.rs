//! The line in which a host's shell says what it counted.

use super::host_at;
use crate::model::event::{Balance, Share};
use crate::model::visitor::{Asked, VisitError};

/// How many seconds the web server waits for all requests to a site (`answers.sh` holds the same number).
const SHELL_PATIENCE: u64 = 40;

/// Reads what a host's shell counted: `METHOD SENT` and then, in any number and order, `SOCKET=HOST=WEIGHT=LEAST=MOST=ANSWERED`,
/// `lost:STATUS,UPSTREAM=N` (who was asked last; empty if the answer did not say), `lost:exit,CODE,TEXT=N` (how curl ended,
/// with `+` for blanks), `other:SOCKET=N` (good answers of others), and `page:=N` (good answers without the marker). `None`
/// if it is not of this form.
pub fn parse(site: &str, text: &str) -> Option<Balance> {
    let mut words = text.split_whitespace();
    let (method, sent) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    let mut count = Balance { site: site.to_owned(), method, sent, ..Balance::default() };
    let mut lost = Vec::new();
    for word in words {
        let (rest, n) = word.rsplit_once('=')?;
        let n = n.parse().ok()?;
        if let Some(error) = rest.strip_prefix("lost:") {
            lost.push((error, n));
        } else if let Some(by) = rest.strip_prefix("other:") {
            count.strangers.insert(by.to_owned(), n);
        } else if rest == "page:" {
            count.other_pages = n;
        } else {
            let parts: Vec<&str> = rest.split('=').collect();
            let [address, host, weight, least, most] = parts[..] else { return None };
            count.backends.push(Share {
                host: host.parse().ok()?,
                address: address.to_owned(),
                weight: weight.parse().ok()?,
                answered: n,
                least: least.parse().ok()?,
                most: most.parse().ok()?,
            });
        }
    }
    for (error, n) in lost {
        let error = parse_error(error, &count.backends)?;
        count.lost_why.add(error, n);
    }
    Some(count)
}

fn parse_error(text: &str, backends: &[Share]) -> Option<VisitError> {
    if let Some(curl) = text.strip_prefix("exit,") {
        let (exit, text) = curl.split_once(',')?;
        return Some(VisitError::of_curl(exit.parse().ok()?, &text.replace('+', " "), SHELL_PATIENCE));
    }
    let (status, upstream) = text.split_once(',')?;
    let asked = Asked::read(Some(upstream), |socket| host_at(backends, socket));
    Some(VisitError::Status { status: status.parse().ok()?, asked })
}
