//! Machines that reboot, are off, or are new.

use super::super::class::Class;
use super::super::web::http;
use super::answers_from_both;

pub fn a_reboot_brings_the_app_back(class: &Class) {
    class.on("app1", "sudo systemctl reboot; true");
    class.until("app1 goes down", || http(class.address("app1"), "x", "/").is_err());
    class.until("the app answers again, without labctl", || {
        http(class.address("app1"), "x", "/").is_ok_and(|a| a.status == 200 && a.body.contains("app1"))
    });
    let up = class.labctl(&["up"]);
    assert!(up.code == 0 && up.out.contains("changed 0"), "nothing is to be done after a reboot: {up}");
}

pub fn a_machine_that_is_off_stops_only_those_who_need_it(class: &Class) {
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
    let on = class.labctl(&words);
    assert_eq!(on.code, 0, "{go_on}: {on}");
    answers_from_both(class);
}

pub fn a_pasted_script_does_the_same(class: &Class) {
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
