//! What a visitor met instead of the page.

use crate::languages::{Advice, ENGLISH};
use crate::model::visitor::{Asked, Indirect, Losses, NameElsewhere, VisitError};

/// In a clause that can follow a site's name: `answered 502 (asked: app1:3000)`.
pub fn visit_error(error: &VisitError) -> String {
    match error {
        VisitError::NameNotFound { name, text } if text.is_empty() => {
            format!("this computer knows no address for {name}")
        }
        VisitError::NameNotFound { name, text } => format!("{name}: {text}"),
        VisitError::ConnectTimeout => "the web server took no connection".to_owned(),
        VisitError::NoRoute => "this computer has no route to the web server".to_owned(),
        VisitError::Refused => "the web server refused the connection".to_owned(),
        VisitError::AnswerTimeout => "no answer in time".to_owned(),
        VisitError::Reset => "the connection was reset".to_owned(),
        VisitError::Truncated => "the answer was cut short".to_owned(),
        VisitError::NotHttp => "the answer was not HTTP".to_owned(),
        VisitError::Endless => "the page never ends".to_owned(),
        VisitError::Status { status, asked } => format!("answered {status}{}", asked_whom(asked)),
        VisitError::OtherConfiguration => "answered from another configuration than the inventory's".to_owned(),
        VisitError::TooSlow { seconds } => format!("took more than {seconds} s for its requests"),
        VisitError::Curl { exit, text } if text.is_empty() => format!("was cut off (curl ended with {exit})"),
        VisitError::Curl { text, .. } | VisitError::Network { text } | VisitError::Other { text } => text.clone(),
        VisitError::UnderWay => "under way".to_owned(),
    }
}

/// `3 × answered 502 (asked: app1:3000), 1 × no answer in time`.
pub fn losses(losses: &Losses) -> String {
    ENGLISH.losses(losses)
}

/// `a.b leads to 10.0.0.9 on this computer, not to the web server (10.0.0.1)`.
pub fn name_elsewhere(elsewhere: &NameElsewhere) -> String {
    let NameElsewhere { domain, here, web } = elsewhere;
    format!("{domain} leads to {here} on this computer, not to the web server ({web})")
}

/// Why a site was seen from the web server itself only.
pub fn seen_from_web(web: &str, why: &Indirect) -> String {
    let why = match why {
        Indirect::Bastion { through } => format!("this computer reaches it only through {through}"),
        Indirect::ForwardedPort { at } => format!("this computer reaches it only through the forwarded port {at}"),
        Indirect::Playbook => "the playbook asks there (with `hosts: controller`, this computer asks)".to_owned(),
    };
    format!("seen only from {web} itself: {why}")
}

/// That browsers open a domain with https only, and what to do.
pub fn https_only(domain: &str, top_level: &str) -> Advice {
    let other = domain.strip_suffix(top_level).map_or_else(|| "NAME.test".to_owned(), |name| format!("{name}test"));
    Advice {
        cause: format!(
            "no browser shows http://{domain}/: browsers open everything under .{top_level} with https only (it is on the \
             HSTS list that is built into them), and this lab serves http"
        ),
        next: format!("give the site another domain under `sites:`, such as {other}, then run labctl up again"),
    }
}

/// That a domain ends in `.local`, and what to do.
pub fn multicast_dns(domain: &str) -> Advice {
    let other = domain.rsplit_once('.').map_or_else(|| "NAME.test".to_owned(), |(name, _)| format!("{name}.test"));
    Advice {
        cause: format!(
            "a Mac may wait for seconds whenever it opens http://{domain}/: names under .local belong to multicast DNS, and it \
             asks its network for them before it takes the hosts file's answer"
        ),
        next: format!("give the site another domain under `sites:`, such as {other}, then run labctl up again"),
    }
}

fn asked_whom(asked: &Asked) -> String {
    match asked {
        Asked::Unknown => String::new(),
        Asked::Nobody => " (asked nobody)".to_owned(),
        Asked::Server { host, port } => format!(" (asked: {host}:{port})"),
        Asked::Stranger(socket) => format!(" (asked: {socket})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_asked_is_told() {
        let error = |asked| VisitError::Status { status: 502, asked };
        let server = Asked::Server { host: "app1".parse().unwrap(), port: "3000".into() };
        assert_eq!(visit_error(&error(server)), "answered 502 (asked: app1:3000)");
        assert_eq!(visit_error(&error(Asked::Nobody)), "answered 502 (asked nobody)");
        let all: Losses = [(error(Asked::Unknown), 7), (VisitError::AnswerTimeout, 1)].into_iter().collect();
        assert_eq!(losses(&all), "1 × no answer in time, 7 × answered 502");
    }
}
