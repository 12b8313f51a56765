//! What a visitor may meet instead of the page: how it looks, what is behind it, and what to type next. One table, for
//! `verify`, `labctl balance` and the drill.

/// One thing that may be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symptom {
    /// What reports call it.
    pub name: &'static str,
    /// Any of these texts says that it is this one.
    pub says: &'static [&'static str],
    /// What is behind it, in a sentence.
    pub cause: &'static str,
    /// What to type next. `WEB` is the web server, `APP` the application server that was asked.
    pub next: &'static str,
}

/// All of them. The first one that fits is meant.
pub const SYMPTOMS: &[Symptom] = &[
    Symptom {
        name: "nobody left",
        says: &["(asked nobody)"],
        cause: "every server of the site has failed just now, and nginx asks none of them for ten seconds",
        next: "labctl status (and when all is well there, wait ten seconds and ask again)",
    },
    Symptom {
        name: "502",
        says: &["answered 502"],
        cause: "nginx is up, but nobody takes connections on the application's port: the application does not run, or \
                listens on another port",
        next: "labctl ssh APP -- pm2 ls (and then: labctl step pm2)",
    },
    Symptom {
        name: "504",
        says: &["answered 504", "no answer in time"],
        cause: "nginx waited for the application server in vain: the application hangs, or a firewall there drops the \
                packets",
        next: "labctl ssh APP -- curl -m 5 http://127.0.0.1:PORT/ (an answer: look at its firewall, sudo nft list ruleset; \
               none: pm2 restart all)",
    },
    Symptom {
        name: "refused",
        says: &["refused the connection"],
        cause: "nobody listens on port 80 of the web server: nginx does not run, or listens elsewhere",
        next: "labctl ssh WEB -- 'systemctl status nginx; sudo nginx -t; sudo ss -ltnp' (and then: labctl step nginx proxy)",
    },
    Symptom {
        name: "timeout",
        says: &["took no connection", "has no route", "No route to host", "Network is unreachable"],
        cause: "nothing comes back from the web server's address: it is switched off, has another address, or a firewall \
                drops the packets",
        next: "labctl status",
    },
    Symptom {
        name: "elsewhere",
        says: &["leads to"],
        cause: "the domain means another address on this computer, so a browser here asks somebody else",
        next: "labctl step hosts",
    },
    Symptom {
        name: "default site",
        says: &["without X-Upstream"],
        cause: "another site of nginx answered, such as its welcome page: no site that nginx has loaded has this \
                server_name, or its file is not included",
        next: "labctl ssh WEB -- \"sudo nginx -T | grep -n -e server_name -e include\" (and then: labctl step proxy)",
    },
    Symptom {
        name: "other site",
        says: &["another configuration"],
        cause: "nginx answered from another site, or from an older configuration of this one: it was edited or not \
                reloaded",
        next: "labctl check, which shows the difference (and then: labctl step proxy)",
    },
    Symptom {
        name: "other backend",
        says: &["which is none of"],
        cause: "nginx sends this site to a server that the inventory does not name: the site was edited, or the machine \
                has another address now",
        next: "labctl check, which shows the difference (and then: labctl step proxy)",
    },
    Symptom {
        name: "missing backend",
        says: &["was answered only by"],
        cause: "the other application server does not answer, or nginx leaves it alone for ten seconds after it failed",
        next: "labctl status (if all is well there, wait ten seconds and ask again)",
    },
    Symptom {
        name: "wrong shares",
        says: &["promises ", "which ip_hash does not"],
        cause: "the site that nginx has loaded has other weights or another method, or others ask it at the same time",
        next: "labctl check, which shows the difference (if there is none, ask again while nobody else does)",
    },
    Symptom {
        name: "wrong page",
        says: &["but with another page"],
        cause: "somebody answers, but not this application: another program has its port, or `app.marker` is of another app",
        next: "labctl ssh APP -- pm2 ls",
    },
    Symptom {
        name: "301",
        says: &["answered 301", "answered 302", "answered 307", "answered 308"],
        cause: "the answer sends visitors to another address: a `return` or `rewrite` in the site, or the application itself",
        next: "labctl ssh WEB -- \"sudo nginx -T | grep -n -e return -e rewrite\"",
    },
    Symptom {
        name: "403",
        says: &["answered 403"],
        cause: "nginx looked for files instead of asking the application: `location /` of the site has no `proxy_pass`",
        next: "labctl check, which shows the difference (and then: labctl step proxy)",
    },
    Symptom {
        name: "404",
        says: &["answered 404"],
        cause: "there is no such page where nginx looked: it serves files of another site, or `proxy_pass` leads to a wrong \
                path",
        next: "labctl check, which shows the difference (and then: labctl step proxy)",
    },
    Symptom {
        name: "500",
        says: &["answered 500", "answered 503"],
        cause: "the application was reached, and failed itself",
        next: "labctl ssh APP -- pm2 logs --nostream --lines 30",
    },
    Symptom {
        name: "cut short",
        says: &["was reset", "cut short", "no HTTP answer"],
        cause: "the other side hung up in the middle, or is no web server",
        next: "labctl ssh WEB -- sudo tail /var/log/nginx/error.log",
    },
];

/// What a text tells of.
pub fn of(text: &str) -> Option<&'static Symptom> {
    SYMPTOMS.iter().find(|symptom| symptom.says.iter().any(|says| text.contains(says)))
}

/// Cause and next command for what a text tells of. Who was asked is read from `(asked: app1:3000)` in it.
pub fn hints(text: &str, web: &str) -> Vec<String> {
    let Some(symptom) = of(text) else { return Vec::new() };
    let asked = text.split_once("(asked: ").and_then(|(_, rest)| rest.split_once(')')).map(|(asked, _)| asked);
    let (app, port) = asked.and_then(|asked| asked.rsplit_once(':')).unwrap_or(("HOST", "3000"));
    let next = symptom.next.replace("WEB", web).replace("APP", app).replace("PORT", port);
    vec![symptom.cause.to_owned(), format!("next: {next}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symptom_is_found_by_its_own_words() {
        for symptom in SYMPTOMS {
            for says in symptom.says {
                assert_eq!(of(&format!("a.b {says} x")), Some(symptom), "{says}");
            }
        }
        assert_eq!(of("E: Unable to locate package"), None);
    }

    #[test]
    fn the_documentation_holds_this_very_table() {
        let page = include_str!("../../docs/troubleshooting.md");
        for symptom in SYMPTOMS {
            let next = symptom.next.replace('|', "\\|");
            let row = format!("| {} | {} | {next} |", symptom.says[0].replace(['(', ')'], ""), symptom.cause);
            assert!(page.contains(&row), "docs/troubleshooting.md lacks this row:\n{row}");
        }
    }

    #[test]
    fn the_next_command_names_the_machine() {
        let hints = hints("a.b answered 504 (asked: app2:81)", "www");
        assert!(hints[1].contains("labctl ssh app2 -- curl -m 5 http://127.0.0.1:81/"), "{hints:?}");
        assert!(super::hints("a.b refused the connection", "www")[1].contains("labctl ssh www --"));
    }
}
