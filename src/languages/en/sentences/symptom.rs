//! The table of symptoms: how each looks, what is behind it, and what to type next.

use crate::languages::{Advice, ENGLISH};
use crate::model::symptom::Symptom;
use crate::model::visitor::VisitError;

/// What to know and do about a lost request; `web` is the web server's name.
pub fn advice(error: &VisitError, web: &str) -> Option<Advice> {
    Symptom::of(error).map(|symptom| ENGLISH.advice(symptom, web, error.asked()))
}

/// The same as lines; none where nothing is known.
pub fn hints(error: &VisitError, web: &str) -> Vec<String> {
    advice(error, web).map(|advice| ENGLISH.hint(advice)).unwrap_or_default()
}

/// Cause and next command. `WEB` stands for the web server, `APP` for the application server that was asked.
pub(super) fn row(symptom: Symptom) -> (&'static str, &'static str) {
    match symptom {
        Symptom::NobodyLeft => (
            "every server of the site has just failed, and nginx asks none of them for ten seconds",
            "labctl status (and when all is well there, wait ten seconds and ask again)",
        ),
        Symptom::BadGateway => (
            "nginx is up, but nothing accepts connections on the application's port: the application is not running, or \
                listens on another port",
            "labctl ssh APP -- pm2 ls (and then: labctl step pm2)",
        ),
        Symptom::GatewayTimeout => (
            "nginx waited for the application server in vain: the application hangs, or a firewall there drops the \
                packets",
            "labctl ssh APP -- curl -m 5 http://127.0.0.1:PORT/ (an answer: look at its firewall, sudo nft list ruleset; \
               none: pm2 restart all)",
        ),
        Symptom::Refused => (
            "nothing listens on port 80 of the web server: nginx is not running, or listens elsewhere",
            "labctl ssh WEB -- 'systemctl status nginx; sudo nginx -t; sudo ss -ltnp' (and then: labctl step nginx proxy)",
        ),
        Symptom::Silence => (
            "nothing comes back from the web server's address: it is switched off, has another address, or a firewall \
                drops the packets",
            "labctl status (if WEB is well there, its firewall keeps port 80 shut: labctl doctor)",
        ),
        Symptom::NameUnknown => (
            "neither the hosts file of this computer nor its name server has the domain, so no browser here finds it",
            "labctl step hosts (as somebody who may write the hosts file; else it prints what to paste)",
        ),
        Symptom::NameElsewhere => (
            "the domain leads to another address on this computer, so a browser here asks the wrong machine",
            "labctl step hosts",
        ),
        Symptom::DefaultSite => (
            "another site of nginx answered, such as its welcome page: no site that nginx has loaded has this \
                server_name, or its file is not included",
            "labctl ssh WEB -- \"sudo nginx -T | grep -n -e server_name -e include\" (and then: labctl step proxy)",
        ),
        Symptom::OtherConfiguration => (
            "nginx answered from another site, or from an older configuration of this one: it was edited or not \
                reloaded",
            "labctl check, which shows the difference (and then: labctl step proxy)",
        ),
        Symptom::OtherServer => (
            "nginx sends this site to a server that the inventory does not name: the site was edited, or the machine \
                has another address now",
            "labctl check, which shows the difference (and then: labctl step proxy)",
        ),
        Symptom::MissingServer => (
            "the other application server does not answer, or nginx leaves it alone for ten seconds after it failed",
            "labctl doctor (if all is well there, wait ten seconds and ask again)",
        ),
        Symptom::WrongShares => (
            "the site that nginx has loaded has other weights or another method, or others ask it at the same time",
            "labctl check, which shows the difference (if there is none, ask again while nobody else does)",
        ),
        Symptom::WrongPage => (
            "something answers, but not this application: another program has its port, or `app.marker` belongs to another app",
            "labctl ssh APP -- pm2 ls",
        ),
        Symptom::Redirect => (
            "the answer sends visitors to another address: a `return` or `rewrite` in the site, or the application itself",
            "labctl ssh WEB -- \"sudo nginx -T | grep -n -e return -e rewrite\"",
        ),
        Symptom::Forbidden => (
            "nginx looked for files instead of asking the application: `location /` of the site has no `proxy_pass`",
            "labctl check, which shows the difference (and then: labctl step proxy)",
        ),
        Symptom::NotFound => (
            "there is no such page where nginx looked: it serves files of another site, or `proxy_pass` leads to a wrong \
                path",
            "labctl check, which shows the difference (and then: labctl step proxy)",
        ),
        Symptom::AppRefuses => (
            "nginx asked the application, and that answer is the application's own: it has no such page or does not show it, or `proxy_pass` has a path behind the address",
            "labctl ssh APP -- curl -i -m 5 http://127.0.0.1:PORT/ (the same answer without nginx)",
        ),
        Symptom::ServerError => {
            ("the application was reached, but failed", "labctl ssh APP -- pm2 logs --nostream --lines 30")
        }
        Symptom::Broken => (
            "the other side hung up in the middle, or is not a web server",
            "labctl ssh WEB -- sudo tail /var/log/nginx/error.log",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::visitor::Asked;

    /// The words that people search for.
    fn look(symptom: Symptom) -> &'static str {
        match symptom {
            Symptom::NobodyLeft => "(asked nobody)",
            Symptom::BadGateway => "answered 502",
            Symptom::GatewayTimeout => "answered 504",
            Symptom::Refused => "refused the connection",
            Symptom::Silence => "took no connection",
            Symptom::NameUnknown => "knows no address",
            Symptom::NameElsewhere => "leads to",
            Symptom::DefaultSite => "without X-Upstream",
            Symptom::OtherConfiguration => "another configuration",
            Symptom::OtherServer => "which is none of",
            Symptom::MissingServer => "was answered only by",
            Symptom::WrongShares => "promises ",
            Symptom::WrongPage => "but with another page",
            Symptom::Redirect => "answered 301",
            Symptom::Forbidden => "answered 403",
            Symptom::NotFound => "answered 404",
            Symptom::AppRefuses => "answered 404 (asked: app1:3000)",
            Symptom::ServerError => "answered 500",
            Symptom::Broken => "was reset",
        }
    }

    #[test]
    fn the_documentation_holds_this_very_table() {
        let page = include_str!("../../../../docs/troubleshooting.md");
        for symptom in Symptom::ALL {
            let (cause, next) = row(symptom);
            let looks = look(symptom).replace(['(', ')'], "");
            let row = format!("| {looks} | {cause} | {} |", next.replace('|', "\\|"));
            assert!(page.contains(&row), "docs/troubleshooting.md lacks this row:\n{row}");
        }
    }

    #[test]
    fn the_next_command_names_the_machine() {
        let asked = Asked::Server { host: "app2".parse().unwrap(), port: "81".into() };
        let next = advice(&VisitError::Status { status: 504, asked }, "www").unwrap().next;
        assert!(next.contains("labctl ssh app2 -- curl -m 5 http://127.0.0.1:81/"), "{next}");
        assert!(advice(&VisitError::Refused, "www").unwrap().next.contains("labctl ssh www --"));
    }
}
