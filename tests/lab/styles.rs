//! Labs that somebody has built by hand, in the styles that students have (tests/field/README.md): `up` over each of them converges,
//! or its look names what stands in the way, and the command that it prints for that converges. Node.js, nginx and pm2 are there
//! already, from a first run; what that has written is taken away before each style.

use super::class::Class;
use super::seen::Seen;
use super::web::http;
use std::time::Instant;

const SITE: &str = "demo.lab.test";

/// As root, everywhere: nothing of labctl's is left but what it has installed.
const FRESH: &str = "rm -rf /var/lib/labctl/* /home/student/.labctl
if [ -d /etc/nginx ]; then
    rm -rf /etc/nginx/dumbways /etc/nginx/proxy /etc/nginx/conf.d/* /etc/nginx/sites-enabled/* /etc/nginx/sites-available/d*
    sed -i '/dumbways/d; /proxy\\//d' /etc/nginx/nginx.conf
    exit 0
fi
systemctl disable -q --now pm2-student demo 2> /dev/null || :
pkill -f 'God Daemon' || :
pkill node || :
rm -rf /home/student/.pm2 /root/.pm2 /etc/systemd/system/pm2-* /etc/systemd/system/demo.service
systemctl daemon-reload
cd /home/student
[ -d demo ] || mv elsewhere/demo .
rm -rf elsewhere demo/build
rm -f demo/node_modules/.labctl-stamp";

/// A style: what is typed on a machine, as the student, and what the look says of it; nothing where `up` goes on with it by itself.
struct Style {
    typed: &'static str,
    says: &'static [&'static str],
}

const fn plain(typed: &'static str) -> Style {
    Style { typed, says: &[] }
}

/// The site as the e-book writes it, in this file.
macro_rules! site {
    ($before:literal, $upstream:literal, $file:literal, $after:literal) => {
        concat!(
            $before,
            "printf 'upstream ",
            $upstream,
            " { server %s:3000; server %s:3000; }\\nserver { server_name demo.lab.test; location / { proxy_pass http://",
            $upstream,
            "; } }\\n' $APP1 $APP2 | sudo tee ",
            $file,
            " > /dev/null; ",
            $after,
            "sudo nginx -t -q && sudo systemctl restart nginx"
        )
    };
}

const IN_TWO_FILES: &str = "demo.lab.test stands in two files: nginx reads /etc/nginx/";

/// Of the web server, of the first application server, of the second.
const ROUNDS: [[Style; 3]; 4] = [
    [
        Style {
            typed: site!(
                "",
                "domain",
                "/etc/nginx/sites-available/dumbflix",
                "sudo ln -s /etc/nginx/sites-available/dumbflix /etc/nginx/sites-enabled/; "
            ),
            says: &[IN_TWO_FILES, "sites-enabled/dumbflix:2 first", "with --take-over"],
        },
        Style {
            typed: "cd ~/demo; sudo pm2 -s start npm --name dumbflix-frontend -- start; sudo pm2 -s save",
            says: &["\"dumbflix-frontend\" of the pm2 of root", "sudo pm2 delete 'dumbflix-frontend'"],
        },
        Style {
            typed: "printf '[Service]\\nUser=student\\nWorkingDirectory=/home/student/demo\\nExecStart=/usr/bin/npm start\\n[Install]\\nWantedBy=multi-user.target\\n' \
                    | sudo tee /etc/systemd/system/demo.service > /dev/null; sudo systemctl -q enable --now demo",
            says: &["taken by the service demo.service", "sudo systemctl disable --now demo.service"],
        },
    ],
    [
        plain(site!(
            "sudo mkdir /etc/nginx/dumbways; sudo chown student /etc/nginx/dumbways; \
             sudo sed -i '/sites-enabled/a include /etc/nginx/dumbways/*;' /etc/nginx/nginx.conf; ",
            "domain",
            "/etc/nginx/dumbways/my.reverse-proxy",
            ""
        )),
        Style {
            typed: "mkdir ~/elsewhere; mv ~/demo ~/elsewhere/; cd ~/elsewhere/demo; pm2 -s start npm --name node-server -- start; pm2 -s save",
            says: &[
                "\"node-server\" of the same pm2, which runs /home/student/elsewhere/demo",
                "pm2 delete 'node-server' && pm2 save --force",
            ],
        },
        // What pm2 serves is brought back by the service that labctl makes, and must not fight with what it starts.
        plain(
            "cd ~/demo; mkdir build; echo \"<div id=\\\"root\\\"><strong>$(hostname)</strong></div>\" > build/index.html; pm2 -s serve build 3000 --spa; pm2 -s save",
        ),
    ],
    [
        Style {
            typed: site!("", "domain", "/etc/nginx/conf.d/dumbflix.conf", ""),
            says: &[IN_TWO_FILES, "conf.d/dumbflix.conf:2 first", "with --take-over"],
        },
        plain("cd ~/demo; pm2 -s start src/index.js --name dumbflix -i 2; pm2 -s save"),
        Style {
            typed: "mkdir ~/elsewhere; mv ~/demo ~/elsewhere/; cd ~/elsewhere/demo; tmux new-session -d -s app 'npm start; exec sh'",
            says: &["it runs in tmux session app", "tmux attach -t 'app'"],
        },
    ],
    [
        plain(site!(
            "sudo mkdir /etc/nginx/proxy; sudo sed -i '/sites-enabled/a include /etc/nginx/proxy/*.conf;' /etc/nginx/nginx.conf; ",
            "backend",
            "/etc/nginx/proxy/z.conf",
            "sudo mkdir /etc/nginx/dumbways; sudo sed -i '\\#nginx/proxy#i include /etc/nginx/dumbways/*.conf;' /etc/nginx/nginx.conf; "
        )),
        plain("cd ~/demo; tmux new-session -d -s app 'npm start; exec sh'"),
        plain("cd ~/demo/src; pm2 -s start index.js; pm2 -s save"),
    ],
];

#[test]
fn over_labs_of_every_style() {
    let Some(class) = Class::prepared("styles") else { return };
    let shipped = class.read("inventory.yaml");
    let (before, _) = shipped.split_once("    - { domain: app1.lab.test").unwrap();
    class.write("inventory.yaml", before);
    let first = class.labctl(&["up"]);
    assert_eq!(first.code, 0, "{first}");
    let tmux = "DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends tmux nftables > /dev/null";
    on_each(&class, ["true", tmux, tmux].map(|line| move |class: &Class, host: &str| drop(class.root(host, line))));
    for (number, round) in ROUNDS.iter().enumerate() {
        let began = Instant::now();
        on_each(&class, round.each_ref().map(|style| move |class: &Class, host: &str| built(class, host, style)));
        let by_hand = began.elapsed();
        converges(&class, round);
        eprintln!(
            "{:5.1} s  round {number}, {:.1} s of them by hand",
            began.elapsed().as_secs_f64(),
            by_hand.as_secs_f64()
        );
    }
    let began = Instant::now();
    a_firewall_that_lets_22_and_80_in(&class);
    eprintln!("{:5.1} s  a firewall", began.elapsed().as_secs_f64());
    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    assert!(down.err.contains("powering off app1, app2, web (up to a minute)"), "it says what takes so long: {down}");
    // Without a machine, a look is the plan.
    let check = class.labctl(&["check"]);
    assert!(check.code == 3 && check.out.contains("proxy") && check.out.contains("configure the sites"), "{check}");
    assert!(check.err.contains("none of the machines of") && check.err.contains("labctl up creates them"), "{check}");
    class.assert_nothing_left();
}

/// As `ufw allow 22; ufw allow 80; ufw enable` leaves it on an application server. The look of the web server finds it; what doctor
/// says to type for it is typed.
fn a_firewall_that_lets_22_and_80_in(class: &Class) {
    class.root("web", FRESH);
    class.root(
        "app2",
        "nft -f - <<END
table inet f {
  chain i {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    tcp dport 22 accept
    tcp dport 80 accept
  }
}
END",
    );
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 1, "{up}");
    for said in ["nothing comes back from port 3000 of app2", "a firewall of app2", "on app2: sudo ufw allow 3000/tcp"]
    {
        assert!(up.out.contains(said), "`{said}`: {up}");
    }
    assert!(
        !up.out.contains("or let labctl") && !up.out.contains("of 200"),
        "nobody else can, nothing was built: {up}"
    );
    let doctor = class.labctl(&["doctor", "--format", "json"]);
    let first: serde_json::Value = serde_json::from_str(doctor.out.lines().next().unwrap()).unwrap();
    assert_eq!(first["cause"], "firewall-app", "{doctor}");
    for next in first["next"].as_array().unwrap() {
        class.on(next["on"].as_str().unwrap(), next["command"].as_str().unwrap());
    }
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("app1 100, app2 100 of 200"), "{up}");
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");
}

/// On all three machines at once.
fn on_each(class: &Class, work: [impl Fn(&Class, &str) + Send; 3]) {
    std::thread::scope(|scope| {
        for (host, work) in ["web", "app1", "app2"].into_iter().zip(work) {
            scope.spawn(move || work(class, host));
        }
    });
}

fn built(class: &Class, host: &str, style: &Style) {
    class.root(host, FRESH);
    let addresses = format!("APP1={}; APP2={}", class.address("app1"), class.address("app2"));
    let ready = if host == "web" {
        ""
    } else {
        "curl -sf -o /dev/null --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:3000/"
    };
    let seen = class.ssh(host, "bash -e -s", &format!("{addresses}\n{}\n{ready}\n", style.typed));
    assert_eq!(seen.code, 0, "{host}: {}: {seen}", style.typed);
}

fn converges(class: &Class, round: &[Style; 3]) {
    answers(class, "as it was built");
    let doctor = class.labctl(&["doctor"]);
    let finds: Vec<&str> = doctor.out.lines().filter(|line| line.contains("  on ") && line.contains(". ")).collect();
    // What was started in a terminal, or has no service yet, does not come back; all else is well.
    let not_at_boot = |line: &&str| line.contains("app-outside-pm2") || line.contains("pm2-not-at-boot");
    assert!(finds.iter().all(not_at_boot), "what serves is well: {doctor}");

    let blocked = round.iter().any(|style| !style.says.is_empty());
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, i32::from(blocked), "{up}");
    for said in round.iter().flat_map(|style| style.says) {
        assert!(up.out.contains(said), "`{said}`: {up}");
    }
    if blocked {
        untouched(class, round, &up);
        let line = up
            .out
            .lines()
            .find_map(|line| line.trim().strip_prefix("or let labctl put aside what stands in the way: labctl "));
        let words: Vec<&str> = line.unwrap_or_else(|| panic!("no command: {up}")).split(' ').collect();
        assert!(
            words.contains(&"inventory.yaml") && words.contains(&"--hosts-file") && words.contains(&"--take-over"),
            "{up}"
        );
        let asked = class.labctl(&words);
        assert!(asked.code == 0 && asked.out.contains("app1 100, app2 100 of 200"), "{asked}");
    }
    answers(class, "after it");
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");
}

/// Where something stands in the way, nothing was begun.
fn untouched(class: &Class, round: &[Style; 3], up: &Seen) {
    for (host, style) in ["web", "app1", "app2"].into_iter().zip(round) {
        let changed = up.out.lines().any(|line| line.contains(&format!(" {host} ")) && line.contains(" changed "));
        assert!(style.says.is_empty() || !changed, "{host}: {up}");
    }
    answers(class, "with something in the way");
}

/// Both servers, through the domain.
fn answers(class: &Class, when: &str) {
    class.until(&format!("both answer {when}"), || {
        let pages: Vec<String> =
            (0..6).filter_map(|_| http(class.address("web"), SITE, "/").ok()).map(|answer| answer.body).collect();
        let served = |host: &str| pages.iter().any(|page| page.contains(&format!("<strong>{host}</strong>")));
        served("app1") && served("app2")
    });
}
