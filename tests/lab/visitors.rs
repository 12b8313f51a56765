//! Green means that a visitor gets the page: what stands between them and the site, while the web server itself sees nothing.
//! Uses the lab of `balance.rs`.

use super::class::Class;
use super::seen::Seen;

const OPEN: &str = "open http://";

/// With this on the web server, a run is red in all its words, whatever it is about; and green again without it.
struct InTheWay {
    make: String,
    undo: String,
    /// What is said of the site, and what points to the cause.
    said: [&'static str; 2],
}

pub fn what_stands_between_is_red(class: &Class) {
    let web = class.address("web").to_owned();
    class
        .root("web", "DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nftables > /dev/null");
    let firewall = |rules: &[&str]| {
        let rules: String = rules.iter().map(|rule| format!("nft add rule inet t in {rule}\n")).collect();
        let chain = "nft 'add chain inet t in { type filter hook input priority 0; }'";
        InTheWay {
            make: format!("set -e\nnft add table inet t\n{chain}\n{rules}"),
            undo: "nft delete table inet t".to_owned(),
            said: ["took no connection", "its firewall keeps port 80 shut"],
        }
    };
    let conf = |text: &str, said| InTheWay {
        make: format!(
            "echo '{text}' > /etc/nginx/conf.d/left.conf && nginx -t -q && systemctl reload nginx && sleep 1"
        ),
        undo: "rm /etc/nginx/conf.d/left.conf && systemctl reload nginx && sleep 1".to_owned(),
        said,
    };
    let left = format!("server {{ listen {web}:80; return 200 \"left over\"; }}");
    for way in [
        firewall(&["iif != lo tcp dport 80 drop"]),
        // As `ufw allow OpenSSH; ufw enable` leaves it.
        firewall(&["iif lo accept", "ct state established,related accept", "tcp dport 22 accept", "drop"]),
        conf("deny all;", ["answered 403", "nginx looked for files"]),
    ] {
        class.root("web", &way.make);
        is_red(&class.labctl(&["up"]), &way);
        for args in [&["check"][..], &["up", "--limit", "app1"], &["step", "verify"]] {
            is_red(&class.labctl(args), &way);
        }
        says_so_everywhere(class, &way);
        class.root("web", &way.undo);
        is_green(&class.labctl(&["up"]));
    }
    // What nginx prefers to the lab's own files is named by the look already, and put aside on demand.
    let visited = conf(&left, ["answered 200 without X-Upstream", "another site of nginx answered"]);
    let looked = conf(&left, ["/etc/nginx/conf.d/left.conf:1 listens on", "answers every visitor who comes by it"]);
    class.root("web", &looked.make);
    for args in [["up"], ["check"]] {
        is_red(&class.labctl(&args), &looked);
    }
    is_red(&class.labctl(&["step", "verify"]), &visited);
    let status = class.labctl(&["status"]);
    assert!(status.code == 1 && status.out.contains(visited.said[0]), "{status}");
    is_green(&class.labctl(&["up", "--take-over"]));
    class.root("web", "test ! -e /etc/nginx/conf.d/left.conf && find /var/lib/labctl -path '*/aside/*' -name 'left.conf*' | grep -q .");
    is_green(&class.labctl(&["up"]));
    // Whoever leaves the web server out hears of it as well.
    class.on("web", "sudo systemctl stop nginx");
    let stopped = InTheWay {
        make: String::new(),
        undo: String::new(),
        said: ["refused the connection", "nothing listens on port 80"],
    };
    is_red(&class.labctl(&["up", "--limit", "app1"]), &stopped);
    is_red(&class.labctl(&["up", "--limit", "!web"]), &stopped);
    is_green(&class.labctl(&["up"]));
    is_green(&class.labctl(&["up", "--limit", "app1"]));
}

fn is_red(seen: &Seen, way: &InTheWay) {
    assert_eq!(seen.code, 1, "{}: {seen}", way.make);
    let said = way.said.iter().all(|said| seen.out.contains(said));
    assert!(said && !seen.out.contains(OPEN), "{}: {seen}", way.make);
    assert!(!seen.out.contains("promises"), "no numbers of before: {seen}");
}

fn is_green(seen: &Seen) {
    assert!(seen.code == 0 && seen.out.contains("open http://demo.lab.test/   (app1, app2)"), "{seen}");
    assert!(seen.out.contains("demo.lab.test: app1 ") && seen.out.contains("round_robin promises"), "{seen}");
}

fn says_so_everywhere(class: &Class, way: &InTheWay) {
    let status = class.labctl(&["status"]);
    assert_eq!(status.code, 1, "{status}");
    let site = status.out.lines().find(|line| line.contains("http://demo.lab.test/")).unwrap();
    assert!(site.contains('✗') && site.contains(way.said[0]) && status.out.contains(way.said[1]), "{status}");
    let json = class.labctl(&["up", "--format", "json"]);
    let told = json.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let sites: Vec<_> = told.filter(|event| event["event"] == "site_balanced").collect();
    assert!(json.code == 1 && sites.len() == 2, "each site once: {json}");
    for site in sites {
        assert!(site["opens"] == false && site["holds"] == false && site["seen_from"]["place"] == "this_computer");
        assert!(site["why"].as_str().unwrap().contains(way.said[0]), "{site}");
    }
    let report = class.labctl(&["report"]);
    assert!(report.out.contains("class=\"bad\"") && report.out.contains(way.said[0]), "{report}");
    assert!(!report.out.contains(">as promised<"), "{report}");
}

/// A domain that browsers open with https only: it answers, and no browser shows it.
pub fn browsers_force_https(class: &Class) {
    let shipped = class.read("inventory.yaml");
    class.write("inventory.yaml", &shipped.replace("demo.lab.test", "demo.lab.dev"));
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(up.out.contains("warning: demo.lab.dev: no browser shows http://demo.lab.dev/"), "{up}");
    assert!(up.out.contains("next: give the site another domain under `sites:`, such as demo.lab.test"), "{up}");
    assert!(!up.out.contains("open http://demo.lab.dev") && up.out.contains("open http://app1.lab.test/"), "{up}");
    let status = class.labctl(&["status"]);
    assert!(status.code == 0 && status.out.contains("warning: no browser shows http://demo.lab.dev/"), "{status}");
    class.write("inventory.yaml", &shipped);
    is_green(&class.labctl(&["up"]));
}

/// What 127.0.0.1 answers is not what the web server can reach: `up` sees it, and mends it.
pub fn an_application_for_itself_is_not_ready(class: &Class) {
    class.on(
        "app2",
        "HOST=127.0.0.1 pm2 -s restart demo --update-env && curl -sf -o /dev/null --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:3000/",
    );
    let check = class.labctl(&["check"]);
    assert!(check.code == 3 && check.out.contains("pm2        app2") && check.out.contains("would change"), "{check}");
    let status = class.labctl(&["status"]);
    assert!(status.code == 3 && status.out.contains("it listens on 127.0.0.1:3000 only"), "{status}");
    is_green(&class.labctl(&["up"]));
    is_green(&class.labctl(&["up"]));
}
