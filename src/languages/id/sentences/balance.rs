//! What a count comes to: what the method promises, or what is wrong.

use super::visitor::visit_error;
use crate::languages::lists::{FEW, listed, range};
use crate::model::balance::{BalanceFault, STICKY, parts};
use crate::model::event::Balance;
use crate::model::name::BackendName;

/// What is wrong, without the site's name in front.
pub fn clause(balance: &Balance, fault: &BalanceFault) -> String {
    let Balance { method, sent, .. } = balance;
    match fault {
        BalanceFault::Lost { error, count } => {
            let all = if count == sent { String::new() } else { format!(": {count} dari {sent} permintaan") };
            format!("{}{all}", visit_error(error))
        }
        BalanceFault::Unnamed => "menjawab 200 tanpa X-Upstream".to_owned(),
        BalanceFault::Stranger { address } => {
            format!("dijawab oleh {address}, yang tidak termasuk: {}", servers(balance))
        }
        BalanceFault::Moved { answered } => {
            format!("mengirim satu klien ke beberapa server ({}), padahal {method} tidak begitu", words(answered))
        }
        BalanceFault::Missing { answered } if balance.backends.len() > FEW => {
            let missing = others(balance, answered);
            format!("tidak dijawab oleh {}, dari {} server", words(&missing), balance.backends.len())
        }
        BalanceFault::Missing { answered } => {
            format!("hanya dijawab oleh {}, padahal servernya: {}", words(answered), servers(balance))
        }
        BalanceFault::OutOfRange { share } => format!(
            "{} menjawab {} dari {sent}, padahal dengan {method} seharusnya {} sampai {}",
            share.host, share.answered, share.least, share.most
        ),
        BalanceFault::OtherPage { .. } => "menjawab 200, tetapi dengan halaman lain (tanpa `app.marker`)".to_owned(),
    }
}

/// What the method promises.
pub fn promise(balance: &Balance) -> String {
    let method = &balance.method;
    let weights: Vec<u64> = balance.backends.iter().map(|share| share.weight).collect();
    let alike = weights.windows(2).all(|pair| pair[0] == pair[1]);
    #[allow(clippy::cast_precision_loss)] // counts of requests are small
    let rounded = |part: f64| format!("{:.0}", part * balance.sent as f64);
    let mut parts: Vec<String> = parts(method, &weights).into_iter().map(rounded).collect();
    if parts.len() > FEW && !alike {
        parts = vec![range(parts.iter().filter_map(|part| part.parse().ok()), "sampai")];
    }
    match (method.as_str(), &parts[..]) {
        (STICKY, _) => format!("{STICKY} mengirim satu klien selalu ke server yang sama, jadi bagiannya tidak tentu"),
        _ if weights.len() < 2 => "satu server menjawab semuanya".to_owned(),
        ("random", [first, ..]) if alike => format!("dengan random, masing-masing seharusnya sekitar {first}"),
        ("random", _) => format!("dengan random, bagiannya seharusnya sekitar {}", parts.join(", ")),
        (_, [first, ..]) if alike => format!("dengan {method}, masing-masing seharusnya {first}"),
        _ => format!("dengan {method} berbobot, bagiannya seharusnya {}", parts.join(", ")),
    }
}

fn servers(balance: &Balance) -> String {
    words(&balance.backends.iter().map(|share| share.host.clone()).collect::<Vec<_>>())
}

fn words(hosts: &[BackendName]) -> String {
    listed(&hosts.iter().map(BackendName::as_str).collect::<Vec<_>>(), " ")
}

/// The servers that are not among these.
fn others(balance: &Balance, answered: &[BackendName]) -> Vec<BackendName> {
    let all = balance.backends.iter().map(|share| share.host.clone());
    all.filter(|host| !answered.contains(host)).collect()
}
