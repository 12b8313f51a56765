//! Another user of the same machine, who means no good: puts links and files where labctl will write, looks for what may be
//! read for a moment, and tries to hold the lock. Real files, real users; what they must not get at belongs to root or vera.

use super::class::Class;
use super::seen::Seen;
use std::path::Path;

/// What nobody but its owner may read, and nobody may change.
const DIARY: &str = "diary-of-vera-5f1c";
const SECRET: &str = "content-for-root-alone-77d2";
const CONTROL: &str = "content-for-everybody-77d2";

#[test]
fn a_classmate_gains_nothing_and_stops_nobody() {
    let Some(class) = Class::alone("mate") else { return };
    class.root(
        "web",
        &format!(
            "useradd -m vera; useradd -m mallory\n\
             install -d -m 755 /victim; install -d -m 755 -o vera /victim/vera\n\
             for file in /victim/roots /victim/vera/diary; do (umask 077; echo {DIARY} > $file); done\n\
             chown vera: /victim/vera/diary\n\
             install -d -m 777 /srv/open; install -d -m 1777 /srv/shared\n\
             echo safe > /srv/shared/roots"
        ),
    );
    links_are_not_followed(&class);
    what_is_meant_well_works(&class);
    the_lock_is_not_to_be_had(&class);
    nothing_is_readable_for_a_moment(&class);
    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

/// Everything of the victims: names, owners, modes, links, contents.
fn victims(class: &Class) -> String {
    class.root(
        "web",
        "find /victim /etc/cron.d -printf '%p %y %m %U %n %C@\\n' | sort; cat /victim/roots /victim/vera/diary",
    )
}

fn step(class: &Class, task: &str) -> Seen {
    class.write("playbooks/trap.yaml", &format!("hosts: web\ntasks:\n  - {task}\n"));
    class.labctl(&["step", "trap", "-v"])
}

fn as_mallory(class: &Class, line: &str) {
    class.root("web", &format!("cd /; runuser -u mallory -- sh -euc '{line}'"));
}

fn links_are_not_followed(class: &Class) {
    // In each place a classmate may write: links to files and folders of others, a hard link, folders of their own.
    for place in ["/tmp", "/srv/open"] {
        as_mallory(
            class,
            &format!(
                "cd {place}; ln -s /victim/roots trap-file; ln -s /victim trap-folder; ln -s /etc/cron.d trap-etc; \
                 ln -s /victim/new trap-new; mkdir -m 755 trap-own; ln -s /victim/vera trap-own/vera; echo his > trap-his"
            ),
        );
        let before = victims(class);
        let tasks = [
            "line: { path: PLACE/trap-file, line: led }",
            "line: { path: PLACE/trap-his, line: led }",
            "line: { path: PLACE/trap-file, line: led, owner: mallory }",
            "block: { path: PLACE/trap-file, name: b, text: led }",
            "file: { path: PLACE/trap-folder/led, content: led }",
            "file: { path: PLACE/trap-etc/led, content: led, owner: vera }",
            "file: { path: PLACE/trap-own/led, content: led }",
            "file: { path: PLACE/trap-own/vera/diary, content: led, owner: vera }",
            "file: { path: PLACE/trap-folder/deep/er/led, content: led }",
            "folder: { path: PLACE/trap-folder, mode: 777 }",
            "folder: { path: PLACE/trap-folder, mode: 777, owner: mallory }",
            "folder: { path: PLACE/trap-folder/vera, mode: 777, owner: vera }",
            "folder: { path: PLACE/trap-own, mode: 777 }",
        ];
        for task in tasks {
            let task = task.replace("PLACE", place);
            let seen = step(class, &task);
            assert_eq!(seen.code, 1, "{task}: {seen}");
            assert!(!format!("{seen}").contains(DIARY), "{task} shows what is not for everybody: {seen}");
            assert_eq!(victims(class), before, "{task}: {seen}");
        }
        // Nothing is made where a link leads to nothing.
        let seen = step(class, &format!("line: {{ path: {place}/trap-new, line: led }}"));
        assert_eq!(victims(class), before, "{place}: {seen}");
        // A file that is put there whole takes the place of a link, and leaves alone what it leads to.
        let seen = step(class, &format!("file: {{ path: {place}/trap-file, content: \"mine\\n\" }}"));
        assert!(!format!("{seen}").contains(DIARY), "{place}: {seen}");
        assert_eq!(victims(class), before, "{place}: {seen}");
        if place == "/srv/open" {
            // Without a sticky bit, everybody can replace what was just made: nothing is made.
            assert!(seen.code == 1 && seen.out.contains("chmod o-w"), "{seen}");
        } else {
            assert_eq!(seen.code, 0, "{place}: {seen}");
            assert_eq!(
                class.root("web", &format!("stat -c '%F %U' {place}/trap-file; cat {place}/trap-file")),
                "regular file root\nmine\n"
            );
        }
        class.root("web", &format!("rm -rf {place}/trap-*"));
    }
}

fn what_is_meant_well_works(class: &Class) {
    for task in [
        "file: { path: /tmp/well, content: \"a\\n\" }",
        "line: { path: /tmp/well, line: b }",
        "line: { path: /srv/shared/roots, line: b }",
        "line: { path: /tmp/hers, line: b, owner: vera }",
        "block: { path: /tmp/hers, name: b, text: c, owner: vera }",
        "folder: { path: /tmp/folder/deep, mode: 750, owner: root }",
        "folder: { path: /tmp/folder-of-hers, mode: 700, owner: vera }",
        "file: { path: /tmp/folder-of-hers/x, content: x, owner: vera }",
    ] {
        let seen = step(class, task);
        assert_eq!(seen.code, 0, "{task}: {seen}");
    }
    let made = class
        .root("web", "cd /tmp; stat -c '%n %U %a' well hers folder/deep folder-of-hers folder-of-hers/x; cat well");
    assert_eq!(
        made,
        "well root 644\nhers vera 644\nfolder/deep root 750\nfolder-of-hers vera 700\nfolder-of-hers/x vera 644\na\nb\n"
    );
}

fn the_lock_is_not_to_be_had(class: &Class) {
    let run = format!("/run/labctl/{}", class.lab());
    // Tries it all the time, and every other file there.
    let trying = format!(
        "while :; do for file in {run}/lock {run}/holder {run}/*; do flock -n $file touch /tmp/held; done; \
         ls {run} && touch /tmp/listed; touch {run}/stop.x && touch /tmp/held; done > /dev/null 2>&1"
    );
    class.root("web", &format!("systemd-run -q --unit=mallory --uid=mallory sh -c '{trying}'"));
    for _ in 0..5 {
        let seen = step(class, "command: { run: 'sleep 0.2; echo done' }");
        assert!(seen.code == 0 && !seen.err.contains("waits for another run"), "{seen}");
    }
    // A name of mallory's own does not bring the folder of another lab, either.
    let got = class.root("web", "systemctl stop mallory; ls /tmp/held /tmp/listed 2> /dev/null || :");
    assert_eq!(got, "", "the lock was had, or its folder read");
    let own = class.root("web", &format!("stat -c '%U %a' {run} /var/lib/labctl/{}", class.lab()));
    assert_eq!(own, "root 700\nroot 700\n");
}

/// A classmate reads everything that is there as fast as they can, while files with secrets are made again and again.
fn nothing_is_readable_for_a_moment(class: &Class) {
    let large = format!("{SECRET}\n").repeat(12_000);
    class.write("templates/large.j2", &large);
    class.write(
        "playbooks/moment.yaml",
        &format!(
            "hosts: web\ntasks:\n\
             - file: {{ path: /srv/moment/plain, content: {CONTROL}, mode: 644 }}\n\
             - file: {{ path: /srv/moment/secret, content: {SECRET}, mode: 600 }}\n\
             - file: {{ path: /tmp/moment-secret, content: {SECRET}, mode: 600 }}\n\
             - file: {{ path: /srv/moment/veras, content: {SECRET}, mode: 600, owner: vera }}\n\
             - template: {{ src: large.j2, path: /srv/moment/large, mode: 640 }}\n\
             - command: {{ run: 'cat /srv/moment/secret' }}\n"
        ),
    );
    let places = "/srv/moment/* /tmp/moment* /run/labctl/*/* /run/labctl/*/*/* /var/lib/labctl/*/* /var/lib/labctl/*/payloads/*/*";
    let looking = format!("while :; do cat {places} >> /var/tmp/seen; done 2> /dev/null");
    class.root("web", &format!("systemd-run -q --unit=mallory --uid=mallory sh -c '{looking}'"));
    for turn in 0..5 {
        class.root("web", "rm -rf /srv/moment /tmp/moment-secret");
        let seen = class.labctl(&["step", "moment"]);
        assert_eq!(seen.code, 0, "turn {turn}: {seen}");
    }
    let modes = class.root(
        "web",
        "systemctl stop mallory; cd /srv/moment; stat -c '%n %a %U' plain secret veras large /tmp/moment-secret",
    );
    assert_eq!(modes, "plain 644 root\nsecret 600 root\nveras 600 vera\nlarge 640 root\n/tmp/moment-secret 600 root\n");
    let read =
        |word: &str| class.root("web", &format!("grep -o {word} /var/tmp/seen | wc -l")).trim().parse::<u32>().unwrap();
    assert!(read(CONTROL) > 20, "the classmate reads what may be read: {} times", read(CONTROL));
    assert_eq!(read(SECRET), 0, "and never what may not");
    class.root("web", "rm -f /var/tmp/seen");
}

/// What is not written in a shared folder cannot be in anybody's way there.
#[test]
fn no_shell_of_ours_names_a_shared_folder() {
    let (mut folders, mut seen) = (vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")], [0, 0]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let kind = path.extension().map(|kind| kind.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if kind == "sh" || (kind == "rs" && !path.to_string_lossy().ends_with("tests.rs")) {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = ours(&text, &kind);
                seen[usize::from(kind == "rs")] += code.len();
                let named = code.iter().find(|line| names_a_shared_folder(line));
                assert!(named.is_none(), "{}: {}", path.display(), named.unwrap());
            }
        }
    }
    assert!(seen[0] > 500 && seen[1] > 5000, "{seen:?} lines of shell and of Rust");
    for line in ["let script = format!(\"file=$(mktemp) && sh \\\"$file\\\"\");", "cd /tmp", "x=${TMPDIR:-x}"] {
        assert!(names_a_shared_folder(line), "{line}");
    }
}

/// The lines that labctl sends or runs: no comments, no tests, and nothing that a person is told to type (that part of a
/// module is below its `by_hand`).
fn ours<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
    let comment = if kind == "rs" { "//" } else { "#" };
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().take_while(|line| !line.starts_with("fn by_hand"));
    lines.filter(|line| !line.trim_start().starts_with(comment)).collect()
}

fn names_a_shared_folder(line: &str) -> bool {
    // What Rust takes out of an environment is no place.
    let place = ["/tmp", "/dev/shm", "TMPDIR"].iter().any(|place| line.contains(place));
    let somewhere = line.contains("mktemp") && !line.contains("mktemp \"$1.labctl.XXXXXX\"");
    // The doctor asks whether everybody may write there, and writes nothing.
    let asked = line.trim_start().starts_with("for see_each in ");
    (place && !asked && !line.contains("env_remove(\"TMPDIR\")")) || somewhere
}
