//! What hands do to a lab, and what a run makes of it.

use super::super::class::Class;
use super::super::web::http;
use super::{SITE, answers_from_both};

pub fn a_hand_edit_is_shown_and_put_right(class: &Class) {
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

pub fn what_another_hand_wrote_is_loaded(class: &Class) {
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

pub fn a_broken_template_breaks_nothing(class: &Class) {
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

/// What the class types: a mistake in the file, and `systemctl restart`. Now nginx is down, and its file still broken.
pub fn a_broken_file_and_a_restart_are_repaired(class: &Class) {
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

pub fn a_students_edit_survives(class: &Class) {
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

pub fn a_new_version_of_the_app_arrives(class: &Class) {
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
