//! What a count comes to: what the method promises, or what is wrong.

use super::visitor;
use crate::languages::ENGLISH;
use crate::languages::lists::{FEW, listed, range};
use crate::model::balance::{BalanceFault, STICKY, parts};
use crate::model::event::Balance;
use crate::model::health::{Seen, SiteHealth};
use crate::model::name::BackendName;

/// In a sentence: what was promised and kept, or what is wrong.
pub fn verdict(balance: &Balance) -> String {
    ENGLISH.balance_verdict(balance)
}

/// How a site is: who answers for it, or what is wrong.
pub fn site(health: Option<&SiteHealth>) -> Seen {
    ENGLISH.site(health)
}

/// The advice on a count, as lines; none where it holds, or nothing is known.
pub fn hints(balance: &Balance, web: &str) -> Vec<String> {
    ENGLISH.balance_hints(balance, web)
}

/// What is wrong, without the site's name in front: `was answered only by app1 of: app1 app2`.
pub fn clause(balance: &Balance, fault: &BalanceFault) -> String {
    let Balance { method, sent, .. } = balance;
    match fault {
        BalanceFault::Lost { error, count } => {
            let all = if count == sent { String::new() } else { format!(": {count} of {sent} requests") };
            format!("{}{all}", visitor::visit_error(error))
        }
        BalanceFault::Unnamed => "answered 200 without X-Upstream".to_owned(),
        BalanceFault::Stranger { address } => {
            format!("was answered by {address}, which is none of: {}", servers(balance))
        }
        BalanceFault::Moved { answered } => {
            format!("sent one client to several servers ({}), which {method} never does", words(answered))
        }
        BalanceFault::Missing { answered } if balance.backends.len() > FEW => {
            let missing = others(balance, answered);
            format!("was not answered by {}, of {} servers", words(&missing), balance.backends.len())
        }
        BalanceFault::Missing { answered } => {
            format!("was answered only by {} of: {}", words(answered), servers(balance))
        }
        BalanceFault::OutOfRange { share } => format!(
            "{} answered {} of {sent}, but {method} promises {} to {}",
            share.host, share.answered, share.least, share.most
        ),
        BalanceFault::OtherPage { .. } => "answered 200, but with another page (without `app.marker`)".to_owned(),
    }
}

/// `app1 100, app2 100 of 200`.
pub fn shares(balance: &Balance) -> String {
    let answered = balance.backends.iter().map(|share| share.answered);
    let own: Vec<String> = match balance.backends.len() {
        many if many > FEW => vec![format!("{many} servers {} each", range(answered, "to"))],
        _ => balance.backends.iter().map(|share| format!("{} {}", share.host, share.answered)).collect(),
    };
    let others = balance.strangers.iter().map(|(by, n)| format!("{} {n}", if by.is_empty() { "unnamed" } else { by }));
    let mut each: Vec<String> = own.into_iter().chain(others).collect();
    if balance.lost() > 0 {
        each.push(format!("lost {}", balance.lost()));
    }
    format!("{} of {}", each.join(", "), balance.sent)
}

/// What the method promises.
pub(super) fn promise(balance: &Balance) -> String {
    let method = &balance.method;
    let weights: Vec<u64> = balance.backends.iter().map(|share| share.weight).collect();
    let alike = weights.windows(2).all(|pair| pair[0] == pair[1]);
    #[allow(clippy::cast_precision_loss)] // counts of requests are small
    let rounded = |part: f64| format!("{:.0}", part * balance.sent as f64);
    let mut parts: Vec<String> = parts(method, &weights).into_iter().map(rounded).collect();
    if parts.len() > FEW && !alike {
        parts = vec![range(parts.iter().filter_map(|part| part.parse().ok()), "to")];
    }
    match (method.as_str(), &parts[..]) {
        (STICKY, _) => format!("{STICKY} keeps one client on one server, and promises nothing about shares"),
        _ if weights.len() < 2 => "one server answers everything".to_owned(),
        ("random", [first, ..]) if alike => format!("random promises about {first} each"),
        ("random", _) => format!("random promises about {}", parts.join(", ")),
        (_, [first, ..]) if alike => format!("{method} promises {first} each"),
        _ => format!("{method} by weight promises {}", parts.join(", ")),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::balance::counted;
    use crate::model::visitor::{Asked, VisitError};

    #[test]
    fn of_thirty_servers_the_odd_ones_are_named() {
        let weights = vec![1; 30];
        let mut thirty = counted("round_robin", &weights, &[7; 30]);
        (thirty.sent, thirty.backends[3].answered, thirty.backends[4].answered) = (210, 6, 8);
        assert_eq!(shares(&thirty), "30 servers 6 to 8 each of 210");
        assert_eq!(verdict(&thirty), "round_robin promises 7 each");
        thirty.backends[6].answered = 0;
        assert_eq!(verdict(&thirty), "a.b was not answered by app7, of 30 servers");
        for share in &mut thirty.backends[2..] {
            share.answered = 0;
        }
        assert_eq!(verdict(&thirty), "a.b was not answered by app3 app4 … app30 (28), of 30 servers");
        let weights: Vec<u64> = (0..30).map(|n| 1 + n % 3).collect();
        let heavy = counted("round_robin", &weights, &weights.iter().map(|weight| weight * 9).collect::<Vec<_>>());
        assert!(verdict(&heavy).starts_with("round_robin by weight promises "), "{}", verdict(&heavy));
        assert!(verdict(&heavy).len() < 60, "{}", verdict(&heavy));
    }

    #[test]
    fn what_is_kept_and_what_is_broken_is_said() {
        for (method, weights, answered, wanted) in [
            ("round_robin", vec![1, 1], vec![100, 100], Ok("round_robin promises 100 each")),
            ("round_robin", vec![3, 1], vec![150, 50], Ok("round_robin by weight promises 150, 50")),
            ("random", vec![1, 1], vec![80, 120], Ok("random promises about 100 each")),
            (
                "ip_hash",
                vec![1, 1],
                vec![200, 0],
                Ok("ip_hash keeps one client on one server, and promises nothing about shares"),
            ),
            ("proxy", vec![1], vec![200], Ok("one server answers everything")),
            // A wrong weight, the other weights, and a dead server.
            (
                "round_robin",
                vec![1, 1],
                vec![133, 67],
                Err("a.b: app1 answered 133 of 200, but round_robin promises 96 to 104"),
            ),
            (
                "round_robin",
                vec![3, 1],
                vec![160, 40],
                Err("a.b: app1 answered 160 of 200, but round_robin promises 146 to 154"),
            ),
            ("random", vec![1, 1], vec![150, 50], Err("a.b: app1 answered 150 of 200, but random promises 65 to 135")),
            ("least_conn", vec![1, 1], vec![200, 0], Err("a.b was answered only by app1 of: app1 app2")),
            (
                "ip_hash",
                vec![1, 1],
                vec![199, 1],
                Err("a.b sent one client to several servers (app1 app2), which ip_hash never does"),
            ),
        ] {
            let counted = counted(method, &weights, &answered);
            assert_eq!((counted.holds(), verdict(&counted).as_str()), (wanted.is_ok(), wanted.unwrap_or_else(|e| e)));
            assert_eq!(hints(&counted, "web").is_empty(), counted.holds(), "{counted:?}");
        }
    }

    #[test]
    fn lost_requests_are_said_first() {
        let asked = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
        let mut balance = counted("round_robin", &[1, 1], &[97, 100]);
        balance.lost_why.add(VisitError::Status { status: 502, asked }, 2);
        balance.strangers.insert("10.0.0.9:3000".into(), 1);
        assert_eq!(shares(&balance), "app1 97, app2 100, 10.0.0.9:3000 1, lost 2 of 200");
        assert_eq!(verdict(&balance), "a.b answered 502 (asked: app1:3000): 2 of 200 requests");
        assert!(hints(&balance, "web")[1].contains("labctl ssh app1 -- pm2 ls"));
    }
}
