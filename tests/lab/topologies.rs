//! The layouts that students have, on machines: nginx beside an application, and everything on one machine. One lab goes through
//! them, one after the other, as `labctl init` writes them.

use super::class::Class;
use super::seen::Seen;
use super::web::http;
use std::time::Instant;

const SITE: &str = "demo.lab.test";

#[test]
fn nginx_beside_an_application_and_everything_on_one_machine() {
    let Some(class) = Class::laid_out("layouts", &["--nginx", "beside"], &["app1", "app2"]) else { return };
    timed("nginx beside an application", || {
        green(&class, "demo.lab.test: app1 100, app2 100 of 200: round_robin promises 100 each");
        whole(&class, "app1");
    });
    beside_in_words(&class);
    timed("drills", || drills_beside(&class));
    timed("addresses by other names", || backends_by_other_addresses(&class));
    timed("names for addresses", || names_for_addresses(&class));

    everything_on(&class, "app1");
    timed("everything on one machine", || {
        green(&class, "demo.lab.test: app1 200 of 200: one server answers everything");
        whole(&class, "app1");
    });
    alone_in_words(&class);
    timed("several instances", || several_instances(&class));
    timed("a static build", || a_static_build(&class));

    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

fn timed(what: &str, work: impl FnOnce()) {
    let began = Instant::now();
    work();
    eprintln!("{:5.1} s  {what}", began.elapsed().as_secs_f64());
}

/// The first run makes it, the second has nothing to do.
fn green(class: &Class, balance: &str) {
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(up.out.contains(balance) && up.out.contains(&format!("open http://{SITE}/")), "{up}");
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");
}

/// Every verb that looks says that all is well.
fn whole(class: &Class, web: &str) {
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "{check}");
    let status = class.labctl(&["status"]);
    assert!(status.code == 0 && !status.out.contains('✗'), "{status}");
    for service in ["nginx: runs", ": process"] {
        let line = status.out.lines().find(|line| line.contains(&format!("✓ {web}")) && line.contains(service));
        assert!(line.is_some(), "{service} on {web}: {status}");
    }
    let balance = class.labctl(&["balance"]);
    assert!(balance.code == 0 && !balance.out.contains('✗'), "{balance}");
    let doctor = class.labctl(&["doctor"]);
    assert_eq!(doctor.code, 0, "nothing is wrong: {doctor}");
    assert_eq!(http(class.address(web), SITE, "/").unwrap().status, 200);
}

fn explained(class: &Class, step: &str) -> String {
    let explain = class.labctl(&["explain", step, "--lang", "en"]);
    assert_eq!(explain.code, 0, "{explain}");
    explain.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn graph(class: &Class) -> String {
    let graph = class.labctl(&["graph", "--live"]);
    assert_eq!(graph.code, 0, "{graph}");
    graph.out
}

/// What is told of a lab whose web server is an application server as well.
fn beside_in_words(class: &Class) {
    let graph = graph(class);
    let address = class.address("app1");
    for wanted in [format!("✓ app1  nginx, {address}"), format!("✓ app1  {address}:3000")] {
        assert!(graph.contains(&wanted), "{wanted}: {graph}");
    }
    let hosts = explained(class, "hosts");
    assert!(hosts.contains(&format!("that of the web server ({address})")), "{hosts}");
    assert!(!hosts.contains("never that of an application server"), "it is one: {hosts}");
    let nginx = explained(class, "nginx");
    assert!(!nginx.contains("You installed it on an application server"), "there it belongs: {nginx}");
}

/// What breaks the web server's own machine is passed over, and said; the rest is done, and nobody loses a request.
fn drills_beside(class: &Class) {
    let all = class.labctl(&["drill", "--all", "--host", "app1", "--seconds", "3"]);
    assert_eq!(all.code, 0, "{all}");
    for passed in ["drop is skipped: app1 is also the web server", "reboot is skipped: app1 is also the web server"] {
        assert!(all.err.contains(passed), "{all}");
    }
    let done = |mode: &str| all.out.lines().any(|line| line.trim_start().starts_with(mode));
    assert!(["stop", "kill", "freeze"].iter().all(|mode| done(mode)), "{all}");
    assert!(!done("drop") && !done("reboot"), "{all}");
    let refused = class.labctl(&["drill", "--mode", "reboot", "--host", "app1"]);
    assert!(refused.code == 2 && refused.err.contains("app1 is also the web server"), "{refused}");
    // At once: the lab is as it was, and nobody holds it any more.
    let check = class.labctl(&["check"]);
    assert!(check.code == 0 && !check.err.contains("waits for another run"), "all is as before: {check}");
}

/// The same lab on one of its machines, as `labctl init --nginx alone` writes it.
fn everything_on(class: &Class, host: &str) {
    let init = class.labctl(&["init", "--sandbox", "--nginx", "alone", "alone/inventory.yaml"]);
    assert_eq!(init.code, 0, "{init}");
    let text = class.read("alone/inventory.yaml").replace("lab: sandbox", &format!("lab: {}", class.lab()));
    class.write(
        "inventory.yaml",
        &text.replace("server:", &format!("{host}:")).replace("[server]", &format!("[{host}]")),
    );
}

fn alone_in_words(class: &Class) {
    let graph = graph(class);
    assert!(graph.contains("proxy_pass") && !graph.contains("round_robin"), "{graph}");
    let drill: Seen = class.labctl(&["drill"]);
    assert!(drill.code == 2 && drill.err.contains("two backends"), "{drill}");
    let verify = explained(class, "verify");
    assert!(!verify.contains("stop one application server, ask again, and it still answers"), "{verify}");
    let node = explained(class, "node");
    assert!(!node.contains("You installed it on the web server only"), "there it belongs: {node}");
}

/// Who configured nginx by hand may have written another address of the same machine: its loopback, a second one, a name that only
/// the web server knows. A backend is the machine that has the address.
fn backends_by_other_addresses(class: &Class) {
    let (own, second) = (format!("{}:3000", class.address("app1")), "10.99.0.2");
    class.root("app2", &format!("ip address add {second}/32 dev lo"));
    class.root("app1", &format!("ip route add {second} via {}", class.address("app2")));
    class.root("app1", &format!("echo '{} backend-two' >> /etc/hosts", class.address("app2")));
    let file = format!("/etc/nginx/dumbways/{SITE}.conf");
    for (other, of) in [
        ("server 127.0.0.1:3000".to_owned(), own),
        (format!("server {second}:3000"), format!("{}:3000", class.address("app2"))),
        ("server backend-two:3000".to_owned(), format!("{}:3000", class.address("app2"))),
    ] {
        class.root(
            "app1",
            &format!("sed -i 's/server {of}/{other}/' {file} && nginx -t -q && systemctl reload nginx && sleep 1"),
        );
        let doctor = class.labctl(&["doctor"]);
        for wrong in ["none of its application servers", "runs on another machine", "is not in the upstream"] {
            assert!(!doctor.out.contains(wrong), "{other}: {doctor}");
        }
        assert_eq!(doctor.code, 0, "{other}: {doctor}");
        let up = class.labctl(&["up"]);
        assert_eq!(up.code, 0, "{up}");
    }
    class.root("app2", &format!("ip address del {second}/32 dev lo"));
    class.root("app1", &format!("ip route del {second}; sed -i '/backend-two/d' /etc/hosts"));
}

/// The same machines, as somebody has them who gave them names.
fn names_for_addresses(class: &Class) {
    let shipped = class.read("inventory.yaml");
    let mut text = class.read(&class.as_existing_machines());
    let mut names = "127.0.0.1\tlocalhost\n".to_owned();
    for host in ["app1", "app2"] {
        let address = class.address(host);
        names.push_str(&format!("{address}\t{host}.internal\n"));
        text = text.replace(&format!("address: {address}"), &format!("address: {host}.internal"));
    }
    class.write("names", &names);
    class.write("inventory.yaml", &text);
    let known = |words: &[&str]| class.labctl_that_knows("names", words);
    for _ in 0..2 {
        let up = known(&["up"]);
        assert!(up.code == 0 && up.out.contains("changed 0"), "the same machines: {up}");
        assert!(
            up.out.contains("app1 ") && up.out.contains("round_robin promises") && !up.out.contains("warning"),
            "{up}"
        );
    }
    assert!(
        class.read("hosts").contains(&format!("{} {SITE}", class.address("app1")))
            || class.read("hosts").contains(&format!("{}\t{SITE}", class.address("app1"))),
        "{}",
        class.read("hosts")
    );
    for words in [&["check"][..], &["status"], &["balance"], &["doctor"]] {
        let seen = known(words);
        assert!(seen.code == 0 && !seen.out.contains('✗'), "{words:?}: {seen}");
    }
    let graph = known(&["graph", "--live"]);
    assert!(graph.out.contains(&format!("app2  {}:3000", class.address("app2"))), "{graph}");
    let drill = known(&["drill", "--seconds", "3"]);
    assert!(drill.code == 0 && drill.out.contains("app2 was stopped"), "{drill}");
    // Where nobody knows the name, that is said.
    let unknown = class.labctl(&["check", "--limit", "app2"]);
    assert!(unknown.code != 0 && unknown.out.contains("the name app2.internal does not resolve"), "{unknown}");
    class.write("inventory.yaml", &shipped);
}

/// Three instances of the application on the one machine, behind one site.
fn several_instances(class: &Class) {
    let one = class.read("inventory.yaml");
    class.write("inventory.yaml", &one.replace("port: 3000 }", "port: 3000, instances: 3 }"));
    green(class, " of 200: round_robin promises 67 each");
    whole(class, "app1");
    let status = class.labctl(&["status"]);
    for port in ["3000", "3001", "3002"] {
        assert!(status.out.contains(&format!("demo-{port}: process")), "{status}");
    }
    let graph = graph(class);
    assert!(graph.contains(&format!("✓ app1:3002  {}:3002", class.address("app1"))), "{graph}");
    let kill = class.labctl(&["drill", "--seconds", "3", "--mode", "kill", "--host", "app1:3001"]);
    assert!(kill.code == 0 && kill.out.contains("app1:3001 was killed"), "{kill}");
    let reboot = class.labctl(&["drill", "--mode", "reboot"]);
    assert!(reboot.code == 2 && reboot.err.contains("app1 is also the web server"), "{reboot}");

    class.on("app1", "pm2 -s stop demo-3001");
    let doctor = class.labctl(&["doctor"]);
    assert!(doctor.code == 3 && doctor.out.contains("The application demo-3001 is stopped in pm2 on app1"), "{doctor}");
    assert!(!doctor.out.contains("demo-3000 is") && !doctor.out.contains("demo-3002 is"), "{doctor}");
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 3, "{check}");
    green(class, " of 200: round_robin promises 67 each");

    // One by hand, as it is explained; and one again.
    class.write("inventory.yaml", &one);
    green(class, "demo.lab.test: app1 200 of 200: one server answers everything");
    let entries = class.on("app1", "pm2 -s jlist | grep -o '\"name\":\"[^\"]*\"' | sort -u");
    assert_eq!(entries.trim(), "\"name\":\"demo\"", "nothing is left of them");
}

/// What is served is built when the application starts, as students do with React.
fn a_static_build(class: &Class) {
    let package = class.read("demo/package.json");
    class.write(
        "demo/package.json",
        &package.replace("\"scripts\": {", "\"scripts\": {\n    \"build\": \"node src/build.js\","),
    );
    let build = "const fs = require('fs');\nfs.mkdirSync('build', { recursive: true });\n\
                 fs.writeFileSync('build/index.html', '<!doctype html><div id=\"root\">built</div>\\n');\n";
    class.write("demo/src/build.js", build);
    let text = class.read("inventory.yaml");
    class.write(
        "inventory.yaml",
        &text.replace("port: 3000 }", "port: 3000, start: \"npm run build && npx serve -s build\" }"),
    );
    green(class, "demo.lab.test: app1 200 of 200: one server answers everything");
    whole(class, "app1");
    let page = http(class.address("app1"), SITE, "/a/route/of/the/page").unwrap();
    assert!(page.status == 200 && page.body.contains("built"), "every route is the page: {page:?}");
    // A new version is built and served.
    class.write("demo/src/build.js", &build.replace("built", "built anew"));
    green(class, "demo.lab.test: app1 200 of 200: one server answers everything");
    let page = http(class.address("app1"), SITE, "/").unwrap();
    assert!(page.body.contains("built anew"), "{page:?}");
}
