//! The main job on real machines: three Debian machines of the sandbox, real apt, nginx, Node, npm, pm2 and systemd.
//! One lab goes through everything in order, as a class would; it is taken away at the end, whatever happens.

mod by_hand;
mod output;
mod power;
mod runs;
mod sent;

use super::class::Class;
use super::web::http;
use std::collections::BTreeSet;
use std::time::Instant;

const SITE: &str = "demo.lab.test";

#[test]
fn the_whole_exercise_twice() {
    let Some(class) = Class::begin("exercise") else { return };
    everything(&class);
}

/// All of it, to the end of the lab.
pub fn everything(class: &Class) {
    let began = Instant::now();
    let first = class.labctl(&["up"]);
    assert_eq!(first.code, 0, "{first}");
    assert!(first.out.contains(&format!("open http://{SITE}/")), "{first}");
    eprintln!("first up: {:.1} s", began.elapsed().as_secs_f64());
    answers_from_both(class);
    the_hosts_file_names_the_sites(class);

    a_second_up_changes_nothing(class);
    one_session_for_each_machine(class);
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "{check}");
    let step = class.labctl(&["step", "nginx"]);
    assert!(step.code == 0 && step.out.contains("changed 0"), "{step}");

    two_sites_answer_differently(class);
    by_hand::a_hand_edit_is_shown_and_put_right(class);
    by_hand::what_another_hand_wrote_is_loaded(class);
    by_hand::a_broken_template_breaks_nothing(class);
    output::output_is_the_same_for_any_forks(class);
    output::json_says_what_the_terminal_says(class);
    by_hand::a_broken_file_and_a_restart_are_repaired(class);
    by_hand::a_students_edit_survives(class);
    by_hand::a_new_version_of_the_app_arrives(class);
    power::a_reboot_brings_the_app_back(class);
    power::a_machine_that_is_off_stops_only_those_who_need_it(class);
    power::a_pasted_script_does_the_same(class);
    runs::tasks_have_limits_and_can_be_stopped(class);
    runs::two_runs_do_not_work_at_once(class);
    runs::commands_on_machines(class);
    sent::a_large_file_travels_once(class);
    sent::node_comes_from_a_folder_and_from_a_mirror(class);

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
        // Newer servers have a program of their own for sessions.
        let said = class.on(machine, "sudo journalctl -q -o cat -t sshd -t sshd-session");
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
