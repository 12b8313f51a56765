//! Who answers how much, and what a visitor may meet instead of the page: each made for real, and named.

use super::class::Class;
use super::seen::Seen;
use super::visitors;
use labctl::internals::event::{Balance, Event, Kind};
use labctl::internals::report::sentences::balance::{hints, verdict};

const SITE: &str = "demo.lab.test";
const PLAIN: &str = "app1.lab.test";

#[test]
fn shares_are_counted_and_symptoms_named() {
    let Some(class) = Class::prepared("balance") else { return };
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(up.out.contains("demo.lab.test: app1 100, app2 100 of 200: round_robin promises 100 each"), "{up}");
    visitors::what_stands_between_is_red(&class);
    visitors::browsers_force_https(&class);
    visitors::an_application_for_itself_is_not_ready(&class);
    // What waits is shown soon.
    class.write(
        "playbooks/verify.yaml",
        "hosts: controller\nneeds: [pm2, proxy]\ntasks:\n  - answers: { sites: sites, marker: \"{{ app.marker }}\", within: 1s }\n",
    );

    every_request_is_counted(&class);
    a_run_records_the_shares(&class);
    every_method_keeps_its_promise(&class);
    a_wrong_weight_is_found(&class);
    what_is_not_there_is_said(&class);

    bad_gateway(&class);
    nobody_in_time(&class);
    refused(&class);
    the_default_site_is_in_the_way(&class);
    another_backend(&class);
    sent_elsewhere(&class);
    switched_off(&class);

    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

/// The events of a run about shares.
fn balances(seen: &Seen) -> Vec<(String, Balance)> {
    let event = |line: &str| match serde_json::from_str::<Event>(line).unwrap_or_else(|e| panic!("{e}: {line}")).kind {
        Kind::SiteBalanced { host, balance, .. } => Some((host.to_string(), balance)),
        _ => None,
    };
    seen.out.lines().filter_map(event).collect()
}

fn answered(balance: &Balance) -> Vec<u64> {
    balance.backends.iter().map(|share| share.answered).collect()
}

/// `labctl balance` of one site.
fn of(class: &Class, domain: &str) -> (i32, Balance) {
    let seen = class.labctl(&["balance", domain, "--format", "json"]);
    let balances = balances(&seen);
    assert_eq!(balances.len(), 1, "{seen}");
    assert_eq!(balances[0].0, "controller", "{seen}");
    // Programs read the same in words.
    let written: serde_json::Value = serde_json::from_str(seen.out.lines().last().unwrap()).unwrap();
    let balance = &balances[0].1;
    assert_eq!((&written["why"], &written["holds"]), (&verdict(balance).into(), &balance.holds().into()), "{seen}");
    (seen.code, balances[0].1.clone())
}

/// What is wrong is named, with its cause and what to type; then it is mended, and holds again.
fn named(class: &Class, domain: &str, code: i32, why: &str, cause: &str, next: &str) {
    let (ended, balance) = of(class, domain);
    assert!(!balance.holds() && verdict(&balance).contains(why), "{why}: {balance:?}");
    assert_eq!(ended, code, "{balance:?}");
    assert!(hints(&balance, "web").len() == 2 && hints(&balance, "web")[0].contains(cause), "{cause}: {balance:?}");
    assert!(
        hints(&balance, "web")[1].starts_with("next: ") && hints(&balance, "web")[1].contains(next),
        "{next}: {balance:?}"
    );
    let told = class.labctl(&["balance", domain]);
    assert!(told.out.contains("✗ http://") && told.out.contains(cause) && told.out.contains(next), "{told}");
}

fn every_request_is_counted(class: &Class) {
    let (code, balance) = of(class, SITE);
    assert_eq!((code, balance.sent, balance.lost(), balance.holds()), (0, 200, 0, true), "{balance:?}");
    assert_eq!(answered(&balance), [100, 100], "{balance:?}");
    assert_eq!(balance.backends[1].address, format!("{}:3000", class.address("app2")));
    let both = class.labctl(&["balance"]);
    assert_eq!(both.code, 0, "{both}");
    assert!(both.out.contains("✓ http://app1.lab.test/  app1 200 of 200: one server answers everything"), "{both}");
    let report = class.labctl(&["report"]);
    assert!(report.code == 0 && report.out.matches("<caption>Who answered for ").count() == 2, "{report}");
    assert!(report.out.contains("<h1>Every site is shared out as promised</h1>"), "{report}");
}

fn a_run_records_the_shares(class: &Class) {
    let up = class.labctl(&["up", "--format", "json"]);
    let told = balances(&up);
    let shown: Vec<_> = told.iter().map(|(host, b)| (host.as_str(), b.site.as_str(), answered(b), b.holds())).collect();
    assert_eq!(shown, [("controller", SITE, vec![2, 2], true), ("controller", PLAIN, vec![2], true)], "{up}");
    let runs = std::fs::read_dir(class.path(".labctl")).unwrap().next().unwrap().unwrap().path().join("runs");
    let newest = std::fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let recorded = std::fs::read_to_string(newest).unwrap();
    assert_eq!(recorded.matches("\"event\":\"site_balanced\"").count(), 2, "{recorded}");
}

fn every_method_keeps_its_promise(class: &Class) {
    let shipped = class.read("inventory.yaml");
    for (upstream, method, wanted) in [
        ("[{ host: app1, weight: 3 }, app2]", "round_robin", Some([150, 50])),
        ("[{ host: app1, weight: 3 }, app2]", "least_conn", Some([150, 50])),
        ("[app1, app2]", "random", None),
        ("[app1, app2]", "ip_hash", None),
    ] {
        let site = format!("upstream: {upstream}, balance: {method}");
        class.write("inventory.yaml", &shipped.replace("upstream: [app1, app2], balance: round_robin", &site));
        let step = class.labctl(&["step", "proxy", "verify", "--format", "json"]);
        assert_eq!(step.code, 0, "{method}: {step}");
        let told = balances(&step);
        let (_, seen) = told.iter().rev().find(|(_, balance)| balance.site == SITE).unwrap();
        let (code, asked) = of(class, SITE);
        assert_eq!(code, 0, "{asked:?}");
        for balance in [seen, &asked] {
            assert!(balance.holds() && balance.method == method && balance.sent == 200, "{balance:?}");
            let answered = answered(balance);
            assert_eq!(answered.iter().sum::<u64>(), 200, "{balance:?}");
            match wanted {
                // Turns are exact for whoever asks alone; a stray request of somebody else may move one.
                Some(wanted) => assert!(answered[0].abs_diff(wanted[0]) <= 2, "{balance:?}"),
                None if method == "ip_hash" => assert!(answered.contains(&200), "{balance:?}"),
                None => assert!(answered.iter().all(|n| (65..=135).contains(n)), "{balance:?}"),
            }
        }
    }
    class.write("inventory.yaml", &shipped);
    mend(class);
}

/// Changes the file of a site on the web server by hand, and loads it.
fn edit(class: &Class, domain: &str, sed: &str) {
    let file = format!("/etc/nginx/dumbways/{domain}.conf");
    class.on(
        "web",
        &format!("sudo sed -i '{sed}' {file} && sudo nginx -t -q && sudo systemctl reload nginx && sleep 1"),
    );
}

/// The lab is put right, and proves it.
fn mend(class: &Class) {
    let step = class.labctl(&["step", "proxy"]);
    assert_eq!(step.code, 0, "{step}");
    // A server that failed is left alone for ten seconds.
    class.until("everything is whole", || class.labctl(&["balance"]).code == 0);
}

fn a_wrong_weight_is_found(class: &Class) {
    edit(class, SITE, "s/server \\(.*\\) max_fails=1 \\(.* # app1\\)/server \\1 weight=2 max_fails=1 \\2/");
    named(class, SITE, 1, "app1 answered 13", "other weights or another method", "labctl check");
    // In check mode the same is seen, and recorded.
    let check = class.labctl(&["check", "--format", "json"]);
    let told = balances(&check);
    let (_, balance) = told.iter().find(|(_, balance)| balance.site == SITE).unwrap();
    assert!(!balance.holds() && verdict(balance).contains("round_robin promises 96 to 104"), "{balance:?}");
    mend(class);
}

fn what_is_not_there_is_said(class: &Class) {
    let near = class.labctl(&["balance", "demo.lab.tst"]);
    assert!(near.code == 2 && near.err.contains("did you mean `demo.lab.test`?"), "{near}");
}

fn bad_gateway(class: &Class) {
    class.on("app1", "pm2 -s stop demo");
    named(
        class,
        PLAIN,
        1,
        "answered 502 (asked: app1:3000)",
        "nothing accepts connections",
        "labctl ssh app1 -- pm2 ls",
    );
    named(class, SITE, 1, "was answered only by app2 of: app1 app2", "does not answer", "labctl doctor");
    let verify = class.labctl(&["step", "verify"]);
    assert_eq!(verify.code, 1, "{verify}");
    assert!(
        verify.out.contains("was answered only by app2") && verify.out.contains("hint: next: labctl doctor"),
        "{verify}"
    );
    class.on("app1", "pm2 -s start demo");
    mend(class);
}

fn nobody_in_time(class: &Class) {
    let each = |signal: &str| {
        for host in ["app1", "app2"] {
            class.on(host, &format!("pkill -{signal} -f 'node src/index.j[s]'"));
        }
    };
    each("STOP");
    let (code, balance) = of(class, SITE);
    assert!(code == 1 && verdict(&balance).contains("answered 504 (asked: app"), "{balance:?}");
    assert!(
        hints(&balance, "web")[0].contains("in vain")
            && hints(&balance, "web")[1].contains("-- curl -m 5 http://127.0.0.1:3000/")
    );
    // Now nginx leaves both alone.
    named(class, SITE, 1, "answered 502 (asked nobody)", "has just failed", "wait ten seconds");
    each("CONT");
    mend(class);
    // A firewall drops what comes for the port: nginx cannot even connect.
    class.on("app1", "sudo ip route add blackhole WEB".replace("WEB", class.address("web")).as_str());
    named(class, PLAIN, 1, "answered 504 (asked: app1:3000)", "a firewall there drops", "nft list ruleset");
    class.on("app1", "sudo ip route del blackhole WEB".replace("WEB", class.address("web")).as_str());
    mend(class);
}

fn refused(class: &Class) {
    class.on("web", "sudo systemctl stop nginx");
    named(
        class,
        SITE,
        1,
        "refused the connection",
        "nothing listens on port 80",
        "labctl ssh web -- 'systemctl status nginx",
    );
    let drill = class.labctl(&["drill"]);
    assert!(drill.code == 1 && drill.err.contains("nothing listens on port 80"), "{drill}");
    let verify = class.labctl(&["step", "verify"]);
    assert!(verify.code == 1 && verify.out.contains("nothing listens on port 80"), "{verify}");
    class.on("web", "sudo systemctl start nginx");
    mend(class);
}

/// No site has this name: nginx answers with its welcome page.
fn the_default_site_is_in_the_way(class: &Class) {
    edit(class, SITE, "s/server_name demo.lab.test/server_name other.lab.test/");
    named(class, SITE, 1, "answered 200 without X-Upstream", "welcome page", "server_name");
    let verify = class.labctl(&["step", "verify"]);
    assert!(verify.code == 1 && verify.out.contains("welcome page"), "{verify}");
    // Without a default site, the first one that nginx has loaded answers.
    class.on("web", "sudo mv /etc/nginx/sites-enabled/default /root/ && sudo systemctl reload nginx && sleep 1");
    named(class, SITE, 1, "answered from another configuration", "from another site", "labctl step proxy");
    class.on("web", "sudo mv /root/default /etc/nginx/sites-enabled/ && sudo systemctl reload nginx && sleep 1");
    mend(class);
}

fn another_backend(class: &Class) {
    let (app1, app2) = (class.address("app1"), class.address("app2"));
    edit(class, PLAIN, &format!("s/{app1}/{app2}/"));
    named(
        class,
        PLAIN,
        1,
        &format!("was answered by {app2}:3000, which is none of: app1"),
        "does not name",
        "labctl check",
    );
    mend(class);
}

fn sent_elsewhere(class: &Class) {
    edit(class, PLAIN, "s|proxy_pass .*;|return 301 https://elsewhere.test/;|");
    named(class, PLAIN, 1, "answered 301", "another address", "nginx -T");
    mend(class);
}

fn switched_off(class: &Class) {
    class.power_off("web");
    let drill = class.labctl(&["balance", SITE]);
    assert_eq!(drill.code, 4, "{drill}");
    assert!(drill.out.contains("nothing comes back") && drill.out.contains("next: labctl status"), "{drill}");
}
